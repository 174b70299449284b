/** Markdown, HTML, tables and GitHub's math: as entities they are letters, and never structure. */
const SPECIAL = /[&<>"'`*_[\]#|~\\!$]/g
const URL_OR_CODE = /`(?<code>[^`\n]+)`|(?<url>https?:\/\/[^\s<>"'`|)\]]+[^\s<>"'`|)\].,;:!?])/g

export function escaped(text: string): string {
  return text.replaceAll(SPECIAL, (letter) => `&#${letter.codePointAt(0)};`)
}

/** One line of text that may hold `code` and addresses, and anything observed, which stays text. */
export function inline(text: string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(URL_OR_CODE)) {
    out += escaped(text.slice(from, match.index))
    const { code, url = '' } = match.groups ?? {}
    out += code === undefined ? `<a href="${escaped(url)}">${escaped(url)}</a>` : `<code>${escaped(code)}</code>`
    from = match.index + match[0].length
  }
  return (out + escaped(text.slice(from))).replaceAll(/\r?\n/g, '<br>').replaceAll('\r', ' ')
}

/** Without the bytes that move a terminal's cursor or change its colours. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]/g, '').replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '')
}
