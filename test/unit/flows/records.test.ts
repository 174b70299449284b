/** The full record of a delivery, as flows leave it where records are kept. */
import { usualBackup } from '../../../core/domain/backup.js'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeDocument } from '../../../core/domain/delivery-document-decode.js'
import type { ApprovalRecord, DeliveryDocument } from '../../../core/domain/delivery-document.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { folderRecords } from '../../../core/drivers/records/folder/index.js'
import { systemFiles } from '../../../core/io/files.js'
import type { Records } from '../../../core/ports/records.js'
import { receiptFor } from '../../contract/store/suite.js'
import { FlowLab, atRest, check } from '../../support/flow-lab.js'
import { Died } from '../../support/flow-process.js'
import { fakeLedger } from '../../support/fakes/ledger.js'

const approval: ApprovalRecord = { by: 'grace', state: 'approved', comment: 'Looks good.', at: 7 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'records-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Kept {
  readonly more?: readonly Records[]
  readonly approvals?: () => Promise<readonly ApprovalRecord[]>
}

async function shop({ more = [], approvals = () => Promise.resolve([approval]) }: Kept = {}): Promise<FlowLab> {
  const lab = new FlowLab()
  lab.keeping = (ambient) => ({ ledger: fakeLedger(lab.store, ambient), records: [folderRecords({ folder }, { files: systemFiles(), paths: ambient.paths }), ...more], approvals })
  return lab.served('v0', 'v1')
}

function textOf(id: string): string {
  return readFileSync(path.join(folder, 'production', `${id}.json`), 'utf8')
}

function lastOf(lab: FlowLab): DeliveryDocument {
  return decodeDocument(textOf(lab.last!.id), 'record')
}

const broken: Records = {
  put: () => Promise.reject(new Error('the disk is full')),
  async *newest() {},
}

describe('the full record of a delivery', () => {
  test('has all of what the ledger has, and beyond it how long each step took, every poll and who let it in', async () => {
    const lab = await shop()
    await lab.promote('v2', { receipt: 'r-1' })
    const { delivery, steps, polls, approvals } = lastOf(lab)
    const { record, ...result } = lab.last!.result!
    expect(delivery).toEqual({ ...lab.last, result })
    expect(delivery.intent).toMatchObject({ receipt: 'r-1', release: { version: 'v2' }, previous: { version: 'v1' } })
    expect(delivery.events.map((event) => (event.type === 'doing' ? `${event.verb} ${event.weight ?? ''}`.trim() : event.type))).toEqual(
      ['launch', 'observed', 'shift 10', 'verdict', 'shift 50', 'verdict', 'promote', 'observed'])
    expect(steps.map(({ name }) => name)).toEqual(['launch', 'shift 10 %', 'shift 50 %', 'promote'])
    for (const { startedAt, ms } of steps) expect([startedAt >= delivery.begunAt, ms >= 0]).toEqual([true, true])
    expect(new Set(polls.map(({ weight }) => weight))).toEqual(new Set([10, 50]))
    expect(polls).toHaveLength([...lab.files.values()].at(-1)!.split('\n').filter((line) => line.includes('"type":"poll"')).length)
    expect(polls.at(-1)).toMatchObject({ decision: 'PASS', sample: { kind: 'sample', stable: { identity: 'v1' }, candidate: { identity: 'v2' } } })
    expect(approvals).toEqual([approval])
    expect(record).toMatchObject({ link: expect.stringContaining(lab.last!.id) })
  })

  test.each([
    ['promoted', (lab: FlowLab) => lab.promote('v2')],
    ['high-error-rate', (lab: FlowLab) => {
      lab.traffic.errors['v2'] = 0.5
      return lab.promote('v2')
    }],
    ['deployed', (lab: FlowLab) => lab.deploy('v2')],
    ['rolled-back', (lab: FlowLab) => lab.rollback()],
    ['held', (lab: FlowLab) => lab.held('v2').then(() => ({ reason: 'held' }))],
  ] as const)('that ended as %s has the SHA-256 that is the last word of the ledger', async (reason, act) => {
    const lab = await shop()
    expect((await act(lab)).reason).toBe(reason)
    expect(lab.last?.result).toMatchObject({ reason, record: { sha256: createHash('sha256').update(textOf(lab.last!.id)).digest('hex') } })
    expect(lastOf(lab).delivery.result).toMatchObject({ reason })
  })

  test('that was healed is kept by whoever healed it, with what had happened before', async () => {
    const lab = await shop()
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 50') by.die()
    }
    await expect(lab.promote('v2', { by })).rejects.toBeInstanceOf(Died)
    const [id] = lab.deliveries.slice(-1).map((one) => one.id)
    await lab.promote('v3')
    const { delivery, steps } = decodeDocument(textOf(id!), 'record')
    expect(delivery.result).toMatchObject({ reason: 'healed-went-back', live: { version: 'v1' } })
    expect(delivery.events.filter(({ type }) => type === 'doing').length).toBeGreaterThan(3)
    expect(steps.map(({ name }) => name)).toEqual(['abandon'])
  })

  test('is kept in each place, and the link is to the one that lasts longest', async () => {
    const puts: string[] = []
    const branch: Records = { ...broken, put: ({ delivery }) => {
      puts.push(delivery.id)
      return Promise.resolve({ sha256: 'a'.repeat(64), link: `https://github.example/${delivery.id}` })
    } }
    const lab = await shop({ more: [branch] })
    await lab.promote('v2')
    expect(puts.at(-1)).toBe(lab.last!.id)
    expect(lab.last?.result?.record?.link).toBe(`https://github.example/${lab.last!.id}`)
    expect(lastOf(lab).delivery.id).toBe(lab.last!.id)
  })
})

describe('what keeps a record from being kept', () => {
  test('is told, and changes nothing of the delivery', async () => {
    const lab = await shop({ more: [broken] })
    const { ok, reason } = await lab.promote('v2')
    expect({ ok, reason }).toEqual({ ok: true, reason: 'promoted' })
    expect(lab.rest).toEqual(atRest('v2'))
    expect(lab.told.join('\n')).toContain('The full record of the delivery was not kept: the disk is full')
    expect(lab.last?.result?.record?.link).toContain(lab.last!.id)
  })

  test('in every place leaves the ledger without a link', async () => {
    const lab = new FlowLab()
    lab.keeping = (ambient) => ({ ledger: fakeLedger(lab.store, ambient), records: [broken] })
    expect(await lab.promote('v1')).toMatchObject({ ok: true })
    expect(lab.last?.result?.record).toBeUndefined()
  })

  test('also where GitHub does not say who approved it', async () => {
    const lab = await shop({ approvals: () => Promise.reject(new Error('GitHub answered 502')) })
    expect(await lab.promote('v2')).toMatchObject({ ok: true })
    expect(lastOf(lab).approvals).toEqual([])
    expect(lab.told.join('\n')).toContain('Who approved this delivery is not in its record: GitHub answered 502')
  })
})

test('secrets that stand around a delivery are not in its record', async () => {
  const planted = ['planted-pa55', 'planted-t0ken', 'planted-line', 'planted-revision']
  const lab = await shop()
  lab.script = (what) => (what === 'migrate the database' ? { exitCode: 1, lastLines: ['could not connect to postgres://ada:planted-pa55@db', 'planted-line'] } : { lastLines: ['7'] })
  const place = {
    backup: usualBackup('postgres://ada:planted-pa55@db/shop', { name: 'disk' as const, path: '/backups' }),
    secretSettings: { API_KEY: 'SHOP_API_KEY' }, checks: [{ ...check, headers: { authorization: 'Bearer planted-t0ken' } }],
    migrate: { up: 'migrate --password planted-pa55', revision: 'echo planted-revision | wc -c', in: 'runner' as const, backwardCompatible: true, withinMs: 1000 },
  }
  const receipt: Receipt = { ...receiptFor('r-1.dump.zst', new Date(lab.time.now()).toISOString()), version: 'v1' }
  await lab.process().ports().ledger.record('production', { type: 'receipt', at: lab.time.now(), receipt })
  expect((await lab.promote('v2', { place, receipt: 'r-1' })).reason).toBe('migrate-failed')
  lab.script = () => ({ lastLines: ['7'] })
  lab.status = (url) => (url.includes('candidate') ? 500 : 200)
  expect((await lab.promote('v3', { place, receipt: 'r-1' })).reason).toBe('checks-failed')
  const all = readdirSync(path.join(folder, 'production')).map((name) => readFileSync(path.join(folder, 'production', name), 'utf8')).join('\n')
  expect(all).toContain('migrate-failed')
  for (const secret of planted) expect(all).not.toContain(secret)
})
