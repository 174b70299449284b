const SECRET_NAME = /token|key|secret|sig|pass|pwd|auth|cred|code|session/i

/** A URL as it may be shown: without user, password and what looks like a secret in its query. */
export function shownUrl(text: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return text.replace(/\/\/[^/@\s]*@/, '//***@').replace(/\?.*$/, '?***')
  }
  if (url.username !== '' || url.password !== '') {
    url.username = '***'
    url.password = ''
  }
  for (const name of new Set(url.searchParams.keys())) if (SECRET_NAME.test(name)) url.searchParams.set(name, '***')
  url.hash = ''
  return url.href
}
