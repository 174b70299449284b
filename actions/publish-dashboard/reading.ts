import type { EnvironmentSource } from '../../core/domain/dashboard/sources.js'
import type { DeliveryDocument } from '../../core/domain/delivery-document.js'
import type { Environment } from '../../core/domain/environment.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Records } from '../../core/ports/records.js'
import type { PublishRequest } from './request.js'

export interface ReadPorts {
  readonly ledger: (environment: Environment) => Promise<Ledger>
  /** Every place that full records are kept in. */
  readonly records: (environment: Environment) => Promise<readonly Records[]>
}

export interface Read {
  /** Those that could be read. */
  readonly environments: readonly EnvironmentSource[]
  /** By delivery id. */
  readonly documents: ReadonlyMap<string, DeliveryDocument>
  readonly gaps: readonly string[]
}

/** Events of so many are asked for, at one request to GitHub each; those of older ones are in their full records. */
const FOLLOWED = 30

/** For environments that were settled without the configuration's defaults. */
const USUAL = { rpoMs: 86_400_000, rtoMs: 14_400_000 }

/** One environment after another: what can't be read of one keeps nobody from the others, and is told. */
export async function read(request: PublishRequest, ports: ReadPorts, ambient: Ambient): Promise<Read> {
  const gaps: string[] = []
  const environments: EnvironmentSource[] = []
  const documents = new Map<string, DeliveryDocument>()
  for (const environment of request.environments) {
    const history = await unlessGap(`The record of \`${environment.name}\` could not be read`, gaps, ambient, () => historyOf(environment, request, ports))
    if (history === undefined) continue
    environments.push({
      history,
      production: request.production.includes(environment.name),
      objectives: environment.objectives ?? USUAL,
      backup: environment.backup !== undefined,
      backwardCompatible: environment.migrate?.backwardCompatible ?? true,
    })
    await unlessGap(`Full records of \`${environment.name}\` could not be read`, gaps, ambient, async () => {
      for await (const document of documentsOf(environment, history, request, ports, gaps)) documents.set(document.delivery.id, document)
    })
  }
  return { environments, documents, gaps }
}

async function historyOf(environment: Environment, { deliveries, details }: PublishRequest, { ledger }: ReadPorts): Promise<EnvironmentHistory> {
  const history = await (await ledger(environment)).history(environment.name, { deliveries, events: Math.min(details, FOLLOWED), receipt: true })
  if (history.deliveries.length <= deliveries) return history
  // A ledger may give more than it was asked for; what is on its way stays, however old it is.
  const from = history.deliveries.length - deliveries
  return { ...history, cut: true, deliveries: history.deliveries.filter(({ result }, place) => place >= from || result === undefined) }
}

/** Only of deliveries that the ledger has: a record alone proves nothing. */
async function* documentsOf(environment: Environment, history: EnvironmentHistory, { details }: PublishRequest, { records }: ReadPorts, gaps: string[]): AsyncGenerator<DeliveryDocument> {
  if (details === 0) return
  const known = new Map(history.deliveries.map((record) => [record.id, record.result?.record?.sha256]))
  const damaged = (place: string, why: string): void => void gaps.push(`The full record \`${place}\` of \`${environment.name}\` is left out: ${why}.`)
  for (const store of await records(environment)) {
    for await (const document of store.newest(environment.name, details, damaged, (delivery) => known.get(delivery))) {
      if (known.has(document.delivery.id)) yield document
    }
  }
}

export async function unlessGap<T>(what: string, gaps: string[], ambient: Ambient, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (fault) {
    if (ambient.signal.aborted) throw fault
    const gap = `${what}: ${messageOf(fault)}${fault instanceof EcluseError ? ` ${fault.fix}` : ''}`
    ambient.log.warn(gap)
    gaps.push(gap)
    return undefined
  }
}
