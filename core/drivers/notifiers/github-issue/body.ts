import type { Notice } from '../../../domain/notice.js'
import { fitted, oneLine } from '../../../domain/notice-text.js'

/** GitHub takes 256 characters of a title and 65536 of a text. */
const TITLE = 250
const TEXT = 20_000
const FACT = 500
const MOST_FACTS = 40

/** In an issue's text, where nobody sees it; also the key of another kind can't end the comment. */
export function markOf({ app, key }: Notice): string {
  return `<!-- ecluse-notice: ${encodeURIComponent(app)}/${encodeURIComponent(key)} -->`
}

/** At the end of each comment of ours, so that none is taken for one of a person, whoever the token belongs to. */
export const OURS = '<!-- ecluse -->'

export function titleOf({ title, environment }: Notice): string {
  return fitted(`[${oneLine(environment)}] ${oneLine(title)}`, TITLE)
}

export function issueText(notice: Notice): string {
  const { text, facts, state, app, environment, link } = notice
  const rows = [['application', app], ['environment', environment], ['state', state], ...facts.slice(0, MOST_FACTS)].map(([name = '', value = '']) => `| ${plain(oneLine(name), FACT)} | ${plain(oneLine(value), FACT)} |`)
  return [plain(text, TEXT), ['| | |', '| --- | --- |', ...rows].join('\n'), ...linkIn(link), markOf(notice)].filter((part) => part !== '').join('\n\n')
}

export function commentText({ title, text, link }: Notice): string {
  return [`**${plain(oneLine(title), FACT)}**`, plain(text, TEXT), ...linkIn(link), OURS].filter((part) => part !== '').join('\n\n')
}

function linkIn(link: string): readonly string[] {
  return /^https?:\/\/[^\s<>]+$/.test(link) ? [`<${link}>`] : []
}

/** As it is, in the place of markup; `@` and `#` begin no mention and no reference. */
function plain(text: string, most: number): string {
  return fitted(text, most, (character) => {
    if (/[\\`*_{}[\]<>|~]/.test(character)) return `\\${character}`
    if (character === '&') return '&amp;'
    return /[@#]/.test(character) ? `${character}&#8203;` : character
  })
}
