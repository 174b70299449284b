/** A small world in which somebody is about to approve `v2` for production. */
import { usualBackup } from '../../../core/domain/backup.js'
import { brief } from '../../../actions/approval-brief/flow.js'
import type { BriefPorts, BriefRequest } from '../../../actions/approval-brief/gathering.js'
import type { BriefOutcome } from '../../../actions/approval-brief/outcome.js'
import type { DeliveryRequest } from '../../../core/delivery/request.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import type { Comparison, Queue, Repository } from '../../../core/ports/repository.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { FlowLab, release, type Place } from '../../support/flow-lab.js'

export const backup = usualBackup('postgres://db', { name: 'disk', path: '/backups' })

export class BriefLab extends FlowLab {
  comparison: Comparison | undefined = {
    url: 'https://github.com/acme/shop/compare/c-v1...c-v2', relation: 'ahead', total: 2, filesCut: false, files: [{ path: 'src/a.ts', change: 'modified' }],
    commits: ['a', 'b'].map((sha) => ({ sha: sha.repeat(40), title: `Change ${sha}`, author: 'ada', at: 0, url: `https://github.com/acme/shop/commit/${sha}` })),
  }
  queue: Queue | undefined = { runs: [], unasked: 0 }
  broken: Partial<Record<keyof BriefPorts, Error>> = {}

  /** As it should be: `v1` serves, `v2` has been in staging and passed there. */
  static async ready(): Promise<BriefLab> {
    const lab = new BriefLab()
    await lab.served('v0', 'v1')
    await lab.staged('v2')
    await lab.checkedInStaging('v2')
    return lab
  }

  async staged(version: string, ok = true, image = version): Promise<void> {
    const { ambient } = this.process()
    const ledger = fakeLedger(this.store, ambient)
    const taken = await ledger.take('staging', { preempt: true })
    if (taken.kind !== 'taken') throw new Error('staging is held')
    const asked = { ...release(image), version, settingsHash: 'of staging' }
    const record = await ledger.begin(taken.lease, { kind: 'deploy', release: asked, plan: [], requestedAt: this.time.now(), run: ambient.run })
    await ledger.finish(taken.lease, record.id, { at: this.time.now(), ok, reason: ok ? 'deployed' : 'unhealthy', message: '', ...(ok ? { live: asked } : {}) })
    await ledger.release(taken.lease)
  }

  checkedInStaging(version: string, ok = true): Promise<void> {
    return fakeLedger(this.store, this.process().ambient).record('staging', { type: 'checked', at: this.time.now(), version, ok, reason: ok ? 'passed' : 'checks-failed', detail: '' })
  }

  backedUp(ago: number, verified = true): Promise<void> {
    const at = new Date(this.time.now() - ago).toISOString()
    const receipt: Receipt = {
      format: 1, id: 'production-r1', app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }, store: 'memory', object: 'o', bytes: 1, sha256: '', compression: 'none',
      takenAt: at, dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified: verified ? { at, how: 'restored', restoreMs: 1 } : null,
    }
    return fakeLedger(this.store, this.process().ambient).record('production', { type: 'receipt', at: this.time.now(), receipt })
  }

  get repository(): Repository {
    const unused = (): never => {
      throw new Error('a brief asks no such thing')
    }
    return {
      compare: async () => this.comparison, waiting: async () => this.queue, approvals: unused, status: unused, setStatus: unused,
      pullRequests: async () => [{ number: 12, title: 'Add a price', author: 'bob', url: 'https://github.com/acme/shop/pull/12', labels: [] }],
    }
  }

  async brief(version = 'v2', more: Partial<BriefRequest> & { readonly place?: Place; readonly asked?: Partial<DeliveryRequest> } = {}, staging = 'staging'): Promise<BriefOutcome> {
    const { place = {}, asked = {}, ...rest } = more
    const by = this.process()
    const ports = by.ports()
    const open = <T>(name: keyof BriefPorts, port: T) => async (): Promise<T> => {
      if (this.broken[name] !== undefined) throw this.broken[name]
      return port
    }
    const delivery = this.request(version, { place, ...asked })
    return by.life(brief(
      { delivery, ...(staging === '' ? {} : { staging }), strict: false, ...rest },
      { ledger: open('ledger', ports.ledger), platform: open('platform', ports.platform), repository: open('repository', this.repository) },
      by.ambient,
    ))
  }
}

/** The rows of the table of facts, by their names. */
export function factsOf({ summary }: BriefOutcome): Readonly<Record<string, string>> {
  const table = summary.parts.find((part) => part.kind === 'table')
  return Object.fromEntries(table?.kind === 'table' ? table.rows.map(([name = '', told = '']) => [name, told]) : [])
}

/** Every text of the summary that is no table. */
export function textsOf({ summary }: BriefOutcome): string {
  return summary.parts.map((part) => ('text' in part ? part.text : '')).join('\n')
}
