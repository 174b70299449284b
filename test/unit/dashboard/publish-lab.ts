/** publish-dashboard over a real disk: the ledger in files, full records in a folder, the page as a build would leave it. */
import { usualBackup } from '../../../core/domain/backup.js'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { publishDashboard, type PublishPorts } from '../../../actions/publish-dashboard/flow.js'
import type { PublishOutcome } from '../../../actions/publish-dashboard/outcome.js'
import { publishRequest } from '../../../actions/publish-dashboard/request.js'
import { folderRecords } from '../../../core/drivers/records/folder/index.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { DeliveryRecord } from '../../../core/domain/history.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Ledger } from '../../../core/ports/ledger.js'
import type { Records } from '../../../core/ports/records.js'
import { realAmbient } from '../../support/surroundings.js'
import { staging } from '../smoke-test/lab.js'

export const TEMPLATE = '<!doctype html><title>x</title><script type="application/json" id="model">/*MODEL*/</script>'

export class PublishLab {
  readonly work: string
  readonly told: string[] = []
  readonly controller = new AbortController()
  readonly ambient: Ambient

  private constructor(work: string) {
    this.work = work
    const ambient = realAmbient({ work, dist: path.join(work, 'dist') }, this.controller.signal)
    this.ambient = { ...ambient, log: { ...ambient.log, warn: (text) => void this.told.push(text) } }
  }

  static async open(): Promise<PublishLab> {
    const lab = new PublishLab(await mkdtemp(path.join(os.tmpdir(), 'ecluse-publish-')))
    await lab.ambient.files.write(`${lab.work}/dist/page/index.html`, TEMPLATE)
    return lab
  }

  close(): Promise<void> {
    return rm(this.work, { recursive: true })
  }

  environment(name: string): Environment {
    return { ...staging, name, state: '.ecluse', ...(name === 'production' ? { backup: usualBackup('postgres://db/shop', { name: 'disk', path: 'b' }) } : {}) }
  }

  ledger(): Ledger {
    return fileLedger({ folder: '.ecluse/ledger' }, this.ambient)
  }

  records(): Records {
    return folderRecords({ folder: '.ecluse/records' }, this.ambient)
  }

  /** Delivers as the record tells it, with its full record unless told otherwise. */
  async deliver(told: DeliveryRecord, { documented = true, ledger = this.ledger() } = {}): Promise<DeliveryRecord> {
    const taken = await ledger.take(told.environment, { preempt: true })
    if (taken.kind !== 'taken') throw new Error('the lease is held')
    const record = await ledger.begin(taken.lease, told.intent)
    for (const event of told.events) await ledger.advance(taken.lease, record.id, event)
    if (told.result === undefined) return record
    const result = { ...told.result, at: this.ambient.clock.now() }
    const document: DeliveryDocument = { v: 1, delivery: { ...record, events: told.events, result }, steps: [{ name: 'launch', startedAt: 1, ms: 2 }], approvals: [], polls: [] }
    await ledger.finish(taken.lease, record.id, { ...result, ...(documented ? { record: await this.records().put(document) } : {}) })
    await ledger.release(taken.lease)
    return document.delivery
  }

  publish(given: Partial<Parameters<typeof publishRequest>[0]> = {}, ports: Partial<PublishPorts> = {}, names: readonly string[] = ['staging', 'production']): Promise<PublishOutcome> {
    const request = publishRequest({ out: 'site', deliveries: 10_000, details: 200, notes: 20, span: 90 * 86_400_000, 'allow-gaps': false, ...given }, names.map((name) => this.environment(name)))
    return publishDashboard(request, { ledger: () => Promise.resolve(this.ledger()), records: () => Promise.resolve([this.records()]), masked: (text) => text.replaceAll('hunter2', '***'), ...ports }, this.ambient)
  }

  read(file: string): Promise<string> {
    return this.ambient.files.text(path.join(this.work, file))
  }
}
