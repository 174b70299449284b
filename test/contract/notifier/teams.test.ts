import { expect, test } from '@jest/globals'
import { cardOf } from '../../../core/drivers/notifiers/teams/card.js'
import { teamsNotifier } from '../../../core/drivers/notifiers/teams/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { serve, serveIll, type Loopback } from '../../support/services/loopback.js'
import { noticeOf, notifierContract, type NotifierLab } from './suite.js'

const SIGNATURE = 'planted-signature-4711'
const PATH = '/workflows/0af1planted4711/triggers/manual/paths/invoke'

/** Texts of a card, in the only forms that have no markup. */
function runsIn(part: unknown): readonly string[] {
  if (Array.isArray(part)) return part.flatMap(runsIn)
  if (typeof part !== 'object' || part === null) return []
  if ('type' in part && (part.type === 'TextBlock' || part.type === 'FactSet')) throw new Error('Markdown would be read in it')
  return 'type' in part && part.type === 'TextRun' && 'text' in part ? [String(part.text)] : Object.values(part).flatMap(runsIn)
}

interface Envelope {
  readonly type: string
  readonly attachments: readonly { readonly contentType: string; readonly content: { readonly type: string; readonly version: string } }[]
}

async function place(): Promise<NotifierLab> {
  const cards: string[] = []
  const workflow = await serve(({ method, path, headers, body }) => {
    const url = new URL(path, 'http://loopback')
    if (method !== 'POST' || url.pathname !== PATH || url.searchParams.get('sig') !== SIGNATURE) return { status: 401, body: '{"error":{"code":"AuthorizationFailed"}}' }
    const card = JSON.parse(body) as Envelope
    const whole = card.type === 'message' && card.attachments.every(({ contentType, content }) => contentType === 'application/vnd.microsoft.card.adaptive' && content.type === 'AdaptiveCard' && content.version === '1.4')
    if (!whole || headers['content-type'] !== 'application/json' || Buffer.byteLength(body) > 28 * 1024) return { status: 400, body: '{"error":{"code":"TriggerInputSchemaMismatch"}}' }
    cards.push(runsIn(card).join('\n'))
    return { status: 202 }
  })
  const ill: Loopback[] = []
  const address = (url: string): string => `${url}${PATH}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${SIGNATURE}`
  return {
    secrets: [SIGNATURE, '0af1planted4711'],
    open: (ambient) => teamsNotifier({ name: 'teams', webhook: address(workflow.url) }, ambient),
    seen: async () => [...cards],
    details: async () => [],
    async failing(failure, ambient) {
      if (failure === 'down') return teamsNotifier({ name: 'teams', webhook: address(`http://127.0.0.1:${await unusedPort()}`) }, ambient)
      const server = await serveIll(failure)
      ill.push(server)
      return teamsNotifier({ name: 'teams', webhook: address(server.url) }, ambient, ...(failure === 'slow' ? [150] : []))
    },
    clear: async () => void (cards.length = 0),
    async close() {
      await Promise.all([workflow, ...ill].map((server) => server.stop()))
    },
  }
}

notifierContract('teams', place)

test('a card leads to the run, and to nothing where there is none', () => {
  const link = 'https://github.test/acme/shop/actions/runs/1'
  expect(cardOf(noticeOf({ link }))).toMatchObject({ attachments: [{ content: { actions: [{ type: 'Action.OpenUrl', url: link }] } }] })
  expect(JSON.stringify(cardOf(noticeOf({ link: '' })))).not.toContain('OpenUrl')
})
