// A dashboard of a made-up history, for tests and the bench. The builder is an argument: it is TypeScript, which a plain program can't import.
import { deliveryHistory } from '../deliveries.mjs'

const DAY = 86_400_000
export const UNTIL = Date.UTC(2026, 10, 21, 14, 5)

export function sampleModel(dashboardModel, { deliveries = 400, details = 60, hostile = false, seed = 3, inFlight = true } = {}) {
  const { histories, documents } = deliveryHistory({ deliveries, details, hostile, seed, inFlight, until: UNTIL, days: 300 })
  return dashboardModel({
    app: 'shop', repository: 'https://github.com/acme/shop', generatedAt: UNTIL, spanMs: 90 * DAY,
    environments: histories.map((history) => ({ history: { ...history, ...holderOf(history) }, production: history.environment === 'production', objectives: { rpoMs: DAY, rtoMs: 300_000 }, backup: history.environment === 'production', backwardCompatible: true })),
    documents: new Map(documents.map((document) => [document.delivery.id, document])),
    notes: new Map(documents.map(({ delivery }) => [delivery.id, notesOf(delivery)])),
    committedAt: new Map(), details, gaps: [],
  })
}

/** What is on its way is held by a run that lives. */
function holderOf({ deliveries }) {
  const open = deliveries.findLast(({ result }) => result === undefined)
  return open === undefined ? {} : { holder: { lease: '1', fence: open.fence, run: open.intent.run, until: UNTIL + 60_000 } }
}

const TITLES = ['Show what is left in stock', 'Take the price from one place', 'Answer faster when nothing changed', 'Say why a card was refused', 'Update dependencies']

/** Of the same delivery always the same. */
function notesOf({ intent: { kind, release, previous } }) {
  const number = Number.parseInt(release.commit.slice(0, 4), 16)
  const commits = TITLES.slice(0, 2 + (number % 4)).map((title, index) => ({ sha: release.commit.replace(/^../, `${index}a`), title, author: 'ada', url: `https://github.com/acme/shop/commit/${release.commit}` }))
  return {
    compareUrl: `https://github.com/acme/shop/compare/${previous?.commit ?? ''}...${release.commit}`,
    commits, total: commits.length + (number % 3), pullRequests: [{ number: number % 900, title: TITLES[number % TITLES.length], author: 'grace', url: `https://github.com/acme/shop/pull/${number % 900}` }],
    migrations: number % 3 === 0 ? ['migrations/0107_add_stock.sql'] : [], backwards: kind === 'rollback',
  }
}
