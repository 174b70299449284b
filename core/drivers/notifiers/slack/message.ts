import type { Notice, NoticeState } from '../../../domain/notice.js'
import { fitted, oneLine } from '../../../domain/notice-text.js'

const MARKS: Readonly<Record<NoticeState, string>> = { running: ':hourglass_flowing_sand:', succeeded: ':white_check_mark:', failed: ':rotating_light:', waiting: ':raised_hand:' }
/** Of a section, of a field, and how many of them: Slack refuses the whole message beyond. */
const SECTION = 3000
const FIELD = 2000
const MOST_FIELDS = 10
const TITLE = 300

export interface Message {
  /** What notifications show, and screen readers read. */
  readonly text: string
  readonly blocks: readonly object[]
}

/** `said`: what wakes people, as `mentionsOf` writes it. */
export function messageOf(notice: Notice, said = ''): Message {
  const { title, text, facts, link, state, app, environment } = notice
  const head = `${MARKS[state]} *${shown(oneLine(title), TITLE)}*${said === '' ? '' : ` ${said}`}`
  const about = [shown(app, FIELD), shown(environment, FIELD), ...(/^https?:\/\/[^\s|<>]+$/.test(link) ? [`<${link.replaceAll('&', '&amp;')}|open>`] : [])]
  // Verbatim: names of channels and addresses in what others wrote stay words.
  const words = (written: string): object => ({ type: 'mrkdwn', text: written, verbatim: true })
  const fields = facts.slice(0, MOST_FIELDS).map(([name, value]) => words(`*${shown(oneLine(name), TITLE)}*\n${shown(oneLine(value), FIELD - TITLE - 3)}`))
  return {
    text: `${shown(oneLine(title), TITLE)} (${shown(app, TITLE)}, ${shown(environment, TITLE)})${said === '' ? '' : ` ${said}`}`,
    blocks: [
      { type: 'section', text: words(text === '' ? head : `${head}\n${shown(text, SECTION - head.length - 1)}`) },
      ...(fields.length === 0 ? [] : [{ type: 'section', fields }]),
      { type: 'context', elements: [words(about.join(' · '))] },
    ],
  }
}

/** A sentence below a message. */
export function detailOf({ title, text }: Notice): Message {
  const words = text === '' ? title : `${oneLine(title)}\n${text}`
  return { text: shown(words, SECTION), blocks: [{ type: 'section', text: { type: 'mrkdwn', text: shown(words, SECTION), verbatim: true } }] }
}

/** Who is woken, as Slack writes it: `<!here>`, `<@U…>`, `<!subteam^S…>`. */
export function mentionsOf(mention: readonly string[]): string {
  return mention.map((who) => (who === 'here' ? '<!here>' : who.startsWith('S') ? `<!subteam^${who}>` : `<@${who}>`)).join(' ')
}

const FORMS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** The three characters that Slack reads as its own: without them nothing in a text can mention, link or call anybody. */
function shown(text: string, most: number): string {
  return fitted(text, most, (character) => FORMS[character] ?? character)
}
