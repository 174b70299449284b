import { readNotes, type Notes } from '../../core/delivery/notes.js'
import type { DeliveryRequest } from '../../core/delivery/request.js'
import { lastLive, type EnvironmentHistory } from '../../core/domain/history.js'
import type { Observed, PastRelease } from '../../core/domain/platform.js'
import type { Release } from '../../core/domain/release.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Platform } from '../../core/ports/platform.js'
import type { Queue, Repository } from '../../core/ports/repository.js'

export interface BriefRequest {
  readonly delivery: DeliveryRequest
  /** Whose record says how this very image did. */
  readonly staging?: string
  readonly strict: boolean
}

/** Opened when they are first needed: what can't be opened is told, like what can't be read. */
export interface BriefPorts {
  readonly ledger: () => Promise<Ledger>
  readonly platform: () => Promise<Platform>
  readonly repository: () => Promise<Repository>
}

/** Something that was looked at, or why it could not be. */
export type Known<T> = { readonly value: T } | { readonly unknown: string }

export interface Gathered {
  readonly at: number
  readonly history: Known<EnvironmentHistory>
  readonly observed: Known<Observed>
  readonly kept: Known<{ readonly releases: readonly PastRelease[]; readonly keeps: number }>
  /** Absent: there is no such stage. */
  readonly staging?: Known<EnvironmentHistory>
  readonly notes: Known<Notes>
  readonly queue: Known<Queue>
}

/** Calls for pull requests: each costs one of the allowance that the delivery itself needs. */
const PULL_CALLS = 3
/** How a delivery went in detail is of no use here, and would cost calls. */
const NO_EVENTS = { events: 0 } as const

/** Looks at everything once; what can't be looked at keeps nothing else from being told. */
export async function gather({ delivery, staging }: BriefRequest, given: BriefPorts, ambient: Ambient): Promise<Gathered> {
  const ports = { ledger: once(given.ledger), platform: once(given.platform), repository: once(given.repository) }
  const { environment, release } = delivery
  const known = async <T>(what: string, look: () => Promise<T>): Promise<Known<T>> => {
    try {
      return { value: await look() }
    } catch (fault) {
      if (ambient.signal.aborted) throw fault
      const unknown = whyUnknown(fault)
      ambient.log.info(`Unknown: ${what}: ${unknown}`)
      return { unknown }
    }
  }
  const [history, observed, kept, before, queue] = await Promise.all([
    known('the record', async () => (await ports.ledger()).history(environment.name, { ...NO_EVENTS, receipt: true })),
    known('what serves', async () => (await ports.platform()).observe()),
    known('what the platform keeps', async () => {
      const platform = await ports.platform()
      return { releases: await platform.releases(), keeps: platform.capabilities.keepsReleases }
    }),
    staging === undefined ? undefined : known(`the record of \`${staging}\``, async () => (await ports.ledger()).history(staging, NO_EVENTS)),
    known('the queue', async () => {
      const found = await (await ports.repository()).waiting(environment.name, ambient.run.id)
      if (found === undefined) throw new Needed('actions: read')
      return found
    }),
  ])
  const live = liveIn({ history, observed })
  const notes = await known('what changes', async () => {
    if (live === undefined) throw new Error('nothing is known to serve, so there is nothing to compare with')
    const found = await readNotes(await ports.repository(), live.commit, release.commit, { most: PULL_CALLS, migrationPaths: environment.migrate?.paths })
    if (found === undefined) throw new Error(unread(live, release))
    return found
  })
  return { at: ambient.clock.now(), history, observed, kept, notes, queue, ...(before === undefined ? {} : { staging: before }) }
}

/** What serves: as observed, else by the record. */
export function liveIn({ history, observed }: Pick<Gathered, 'history' | 'observed'>): Release | undefined {
  if ('value' in observed) return observed.value.stable?.release
  return 'value' in history ? lastLive(history.value)?.result?.live : undefined
}

/** Opened once, however many look. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined
  return () => (opened ??= open())
}

class Needed extends Error {
  constructor(permission: string) {
    super(`needs \`${permission}\``)
  }
}

function whyUnknown(fault: unknown): string {
  if (fault instanceof EcluseError) return fault.code === 'github-permission' ? `${fault.message} ${fault.fix}` : fault.message
  return messageOf(fault)
}

function unread(live: Release, release: Release): string {
  const nameless = [live, release].filter(({ commit }) => commit === '').map(({ version }) => version)
  if (nameless.length > 0) return `the commit of ${[...new Set(nameless)].join(' and ')} is not on record`
  return `the commit of ${live.version} or of ${release.version} is not in the repository, or the token may not see it (needs \`contents: read\`)`
}
