/** A text without what must not be shown: servers echo what they were sent. */
export function hidden(text: string, secrets: readonly string[] = []): string {
  return secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text)
}
