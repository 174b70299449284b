import { messageOf } from '../../../errors/families.js'
import type { Told } from '../../../domain/telling/told.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Ledger } from '../../../ports/ledger.js'
import { corrupt, type Deployments } from './deployments.js'
import { describe } from './description.js'
import { factPayload, ours, tasks } from './payload.js'

/** A newer word on the same thread makes an older one needless, but not before whoever writes at the same time has read it. */
const SUPERSEDED_MS = 10 * 60_000
/** What is over for so long is told of anew, should it come again. */
const OVER_MS = 7 * 24 * 3_600_000
/** Removed with one word at most: nobody waits for tidiness. */
const MOST_REMOVED = 3

interface Word {
  readonly id: number
  readonly createdAt: number
  readonly told: Told
}

/** What people were told: each word a deployment of a task of its own, so that it hides neither deliveries nor receipts. */
export function toldPeople(github: Pick<GitHub, 'now'>, api: Deployments, { log }: Pick<Ambient, 'log'>): Pick<Ledger, 'told'> & { record(environment: string, told: Told, at: number): Promise<void> } {
  /** As this process has read and written them: nobody has to ask again what may go. */
  const known = new Map<string, readonly Word[]>()
  const words = async (environment: string): Promise<readonly Word[]> =>
    (await api.newest(environment, tasks.told)).toReversed().flatMap(({ id, createdAt, payload }) => {
      try {
        const { fact } = ours(payload) ? factPayload(payload, 'fact') : { fact: undefined }
        return fact?.type === 'told' ? [{ id, createdAt, told: fact.told }] : []
      } catch (thrown) {
        throw corrupt(environment, `deployment ${id}: ${messageOf(thrown)}`)
      }
    })
  return {
    async told(environment) {
      const found = await words(environment)
      known.set(environment, found)
      return found.map(({ told }) => told)
    },
    async record(environment, told, at) {
      const payload = { nonce: crypto.randomUUID(), fact: { type: 'told' as const, at, told } }
      const id = await api.create({ task: tasks.told, environment, payload, description: `told people: ${told.notice.title}`, commit: '' })
      try {
        await api.post(environment, id, { state: 'inactive', description: describe({ kind: 'gone', why: 'a record of what people were told, nothing that runs' }, at) })
        const all = [...(known.get(environment) ?? []), { id, createdAt: github.now(), told }]
        const gone = needless(all, github.now()).slice(0, MOST_REMOVED).map((old) => old.id)
        known.set(environment, all.filter((one) => !gone.includes(one.id)))
        for (const old of gone) await api.remove(environment, old, { inactive: true })
      } catch (fault) {
        log.debug(`Records of what people were told in \`${environment}\` were not tidied up: ${messageOf(fault)}`)
      }
    },
  }
}

function needless(words: readonly Word[], now: number): readonly Word[] {
  return words.filter(({ createdAt, told }, place) => {
    const superseded = words.slice(place + 1).some((later) => later.told.id === told.id)
    const over = told.failedAt === undefined && told.notice.state === 'succeeded'
    return now - createdAt > (superseded ? SUPERSEDED_MS : over ? OVER_MS : Infinity)
  })
}
