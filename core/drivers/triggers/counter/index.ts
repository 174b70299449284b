import { complaintsFound, momentOf, type ComplaintCounter } from '../../../domain/complaints.js'
import { jsonAt } from '../../../domain/identity.js'
import type { Suspect } from '../../../domain/trigger.js'
import { EcluseError, InputError, mayPass, messageOf, RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Trigger } from '../../../ports/trigger.js'

export interface CounterGiven extends ComplaintCounter {
  readonly moreThan: number
}

const EVERY_MS = 15_000
const ASK_MS = 5000

/** What a counter has grown by since it was first read; one that starts again counts from zero. */
interface Grown {
  last: number
  total: number
  readonly since: number
}

/** A number at an address: since the release got its first traffic where the address can say so, else since it was first read. */
export function counterComplaints({ moreThan, ...given }: CounterGiven, ambient: Ambient): Trigger {
  const saysSince = given.url.includes('{since}')
  const ofRelease = given.url.includes('{version}')
  let grown: Grown | undefined
  const count = async (suspect: Pick<Suspect, 'version' | 'since'>): Promise<{ readonly found: number; readonly since: number }> => {
    const value = await numberAt(given, suspect, ambient)
    if (saysSince) return { found: value, since: suspect.since }
    if (grown === undefined) grown = { last: value, total: 0, since: ambient.clock.now() }
    grown.total += value >= grown.last ? value - grown.last : value
    grown.last = value
    return { found: grown.total, since: grown.since }
  }
  return {
    name: 'user-complaints',
    everyMs: EVERY_MS,
    memory: {
      keep: () => (grown === undefined ? {} : { grown: { ...grown } }),
      resume: (known) => {
        grown = known.grown === undefined ? undefined : { ...known.grown }
      },
    },
    // Also the reading that a counter is counted from, unless each release has its own, which may have complaints of an earlier try.
    preflight: async () => {
      try {
        await count({ version: 'preflight', since: ambient.clock.now() })
        if (ofRelease) grown = undefined
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        const fix = thrown instanceof EcluseError ? { fix: thrown.fix } : {}
        throw new InputError([{ code: 'trigger-unusable', message: `Complaints of users can't be counted: ${messageOf(thrown)}`, ...fix }], { passing: mayPass(thrown) })
      }
    },
    look: async (suspect) => {
      try {
        const { found, since } = await count(suspect)
        // Another process had the first reading: what was counted before this one's is not known here.
        const late = since > suspect.since ? `, when it was first read; the release has had traffic since ${momentOf(suspect.since)}` : ''
        return complaintsFound(found, moreThan, `${found} ${found === 1 ? 'complaint' : 'complaints'} counted since ${momentOf(since)}${late}`)
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        return { kind: 'no-data', detail: messageOf(thrown) }
      }
    },
  }
}

async function numberAt(given: ComplaintCounter, { version, since }: Pick<Suspect, 'version' | 'since'>, ambient: Ambient): Promise<number> {
  const url = given.url.replaceAll('{version}', encodeURIComponent(version)).replaceAll('{since}', encodeURIComponent(new Date(since).toISOString()))
  const what = 'read the counter of complaints'
  const service = new URL(url).host
  const { status, body } = await ambient.http.request({
    what, method: 'GET', url, timeoutMs: ASK_MS, headers: { accept: 'application/json', ...(given.bearer === undefined ? {} : { authorization: `Bearer ${given.bearer}` }) },
  })
  const fault = (observed: string, fix?: string): RemoteError => new RemoteError('trigger-unusable', { message: `Could not ${what}: ${observed}.`, service, operation: what, status, ...(fix === undefined ? {} : { fix }) })
  if (status === 401 || status === 403) throw fault(`${service} refuses us (status ${status})`, 'Check `bearer` of the counter.')
  if (status !== 200) throw fault(`${service} answered ${status}`)
  const found = jsonAt(body, given.json)
  if ('missing' in found) throw fault(found.missing, 'Correct `json`, the dotted path of the number.')
  const value = found.found
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw fault(`\`${given.json}\` is no count: ${JSON.stringify(value)?.slice(0, 60) ?? 'nothing'}`, 'Correct `json`, the dotted path of the number.')
  return value
}
