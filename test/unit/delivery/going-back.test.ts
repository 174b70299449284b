/** Users do not wait for the record of what is done for them. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import { openRecords } from '../../../core/drivers/registry.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Records } from '../../../core/ports/records.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { FlowLab, release } from '../../support/flow-lab.js'
import type { FlowProcess } from '../../support/flow-process.js'
import { realAmbient } from '../../support/surroundings.js'

test('a terminal without a token can go back where records are kept on a branch, too', async () => {
  const [folder, branch] = await openRecords({ state: '/none', recordsBranch: 'ledger' }, realAmbient({ work: '/', dist: '/' }))
  expect(folder).toBeDefined()
  await expect(branch!.newest('production', 1, () => undefined)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ message: expect.stringContaining('nothing says which one it is') })
})

/** Every word to the ledger takes a minute from here on, and then fails, as when GitHub does not answer. */
function slowFrom(lab: FlowLab, by: FlowProcess, first: RegExp): { readonly from: () => number } {
  let from = 0
  by.at = async (point) => {
    if (!first.test(point) && (from === 0 || !point.startsWith('before ledger'))) return
    if (from === 0) from = lab.time.now()
    if (point.startsWith('before ledger finish')) return
    await lab.time.sleep(67_000)
    throw new RemoteError('network-timeout', { message: 'No answer came within 15 s.', service: 'github', operation: point })
  }
  return { from: () => from }
}

/** When the platform was first told, since the ledger became slow. */
function watched(lab: FlowLab, by: FlowProcess, verb: RegExp): () => number | undefined {
  const { at } = by
  let seen: number | undefined
  by.at = async (point, count) => {
    if (verb.test(point)) seen ??= lab.time.now()
    await at(point, count)
  }
  return () => seen
}

test('a release that the judge failed loses its traffic within seconds of it, and is marked, although the ledger does not answer', async () => {
  const lab = await new FlowLab().served('v0', 'v1')
  lab.traffic.errors['v2'] = 0.5
  const by = lab.process()
  const slow = slowFrom(lab, by, /before ledger verdict/)
  const back = watched(lab, by, /before platform shift 0/)
  const outcome = await lab.promote('v2', { by })
  expect(back()! - slow.from()).toBeLessThan(5000)
  expect(outcome.reason).toBe('high-error-rate')
  expect(lab.last?.result).toMatchObject({ reason: 'high-error-rate', live: release('v1'), bad: release('v2') })
})

test('a cancelled delivery gives stable all traffic although the ledger does not answer', async () => {
  const lab = await new FlowLab().served('v0', 'v1')
  const by = lab.process()
  const slow = slowFrom(lab, by, /before ledger doing abandon/)
  const back = watched(lab, by, /before platform shift 0/)
  const { at } = by
  by.at = async (point, count) => {
    if (point === 'after platform shift 10') by.cancel()
    await at(point, count)
  }
  const outcome = await lab.promote('v2', { by })
  expect(back()! - slow.from()).toBeLessThan(3000)
  expect(outcome.reason).toBe('cancelled')
  expect(lab.rest.serves).toBe('v1')
})

test('a rollback brings the release back within seconds of its intent, although the ledger does not answer any more', async () => {
  const lab = await new FlowLab().served('v0', 'v1', 'v2')
  const by = lab.process()
  const slow = slowFrom(lab, by, /before ledger doing restore/)
  const back = watched(lab, by, /before platform restore v1/)
  await lab.rollback({ by })
  expect(back()! - slow.from()).toBeLessThan(3000)
  expect(lab.rest.serves).toBe('v1')
})

test('a rollback that ends badly is kept in full, too, and its post step has nothing to look for', async () => {
  const lab = new FlowLab()
  const kept: DeliveryDocument[] = []
  const records: Records = {
    put: (document) => {
      kept.push(document)
      return Promise.resolve({ sha256: 'a'.repeat(64), link: 'kept.json' })
    },
    async *newest() {},
  }
  lab.keeping = (ambient) => ({ ledger: fakeLedger(lab.store, ambient), records: [records] })
  await lab.served('v0', 'v1', 'v2')
  const by = lab.process()
  lab.names = () => 'something else'
  const outcome = await lab.rollback({ by })
  expect(outcome).toMatchObject({ reason: 'wrong-version', outputs: { record: 'kept.json' } })
  expect(kept.at(-1)?.delivery).toMatchObject({ id: lab.last?.id, result: { reason: 'wrong-version' } })
  expect(lab.last?.result?.record?.link).toBe('kept.json')
  expect(by.remembered.get('delivery')).toBe('')
})

describe('the day GitHub is down', () => {
  test('a rollback that can not reach the record on GitHub says how to go back without it', async () => {
    const lab = await new FlowLab().served('v0', 'v1', 'v2')
    const fault = new RemoteError('network-timeout', { message: 'No answer came within 15 s.', service: 'api.github.example', operation: 'list' })
    lab.around = () => ({ github: { api: 'https://api.github.example', server: '', repository: 'acme/shop', token: 't', hosted: true } })
    lab.keeping = (ambient) => ({ ledger: { ...fakeLedger(lab.store, ambient), inFlight: () => Promise.reject(fault) } })
    await expect(lab.rollback()).rejects.toBe(fault)
    expect(lab.told.join('\n')).toMatch(/could not be used.*`ledger: file`.*`force`/)
  })

  test('a rollback by an empty record names what `force` would bring back, and does', async () => {
    const lab = await new FlowLab().served('v0', 'v1', 'v2')
    lab.store.clear()
    expect(await lab.rollback()).toMatchObject({ reason: 'nothing-to-roll-back', message: expect.stringContaining('Give `force` with a reason to bring v1 back nevertheless.') })
    expect(await lab.rollback({ force: 'GitHub is down' })).toMatchObject({ reason: 'rolled-back', outputs: { version: 'v1' } })
  })

  test.each(['workflow_call', 'workflow_dispatch'])('the workflow can be told to go without it (%s)', (trigger) => {
    const file = object(parse(readFileSync('.github/workflows/rollback.yml', 'utf8')))
    expect(object(object(object(file['on'])[trigger])['inputs'])).toHaveProperty('ledger')
    expect(JSON.stringify(file['jobs'])).toContain('"ledger":"${{ inputs.ledger }}"')
  })
})

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('This is no object')
  return { ...value }
}
