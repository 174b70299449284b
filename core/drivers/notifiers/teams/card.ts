import type { Notice, NoticeState } from '../../../domain/notice.js'
import { fitted, oneLine } from '../../../domain/notice-text.js'

const COLOURS: Readonly<Record<NoticeState, string>> = { running: 'accent', succeeded: 'good', failed: 'attention', waiting: 'warning' }
/** A message may have 28 KB, and each of these up to three bytes. */
const TITLE = 200
const TEXT = 2000
const FACT = 200
const MOST_FACTS = 10

/** An Adaptive Card in the envelope that a Teams Workflow takes. Texts are runs, which have no markup: a `TextBlock` would read Markdown in them. */
export function cardOf(notice: Notice): object {
  const { title, text, facts, link, state, app, environment } = notice
  const rich = (...inlines: readonly object[]): object => ({ type: 'RichTextBlock', inlines })
  const run = (words: string, look: object = {}): object => ({ type: 'TextRun', text: words, ...look })
  const body = [
    rich(run(fitted(oneLine(title), TITLE), { size: 'large', weight: 'bolder', color: COLOURS[state] })),
    ...(text === '' ? [] : [rich(run(fitted(text, TEXT)))]),
    ...facts.slice(0, MOST_FACTS).map(([name, value]) => rich(run(`${fitted(oneLine(name), FACT)}: `, { weight: 'bolder' }), run(fitted(oneLine(value), FACT)))),
    rich(run(fitted(`${app}, ${environment}`, FACT), { isSubtle: true })),
  ]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4', body, msteams: { width: 'Full' },
    ...(link === '' ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] }
}
