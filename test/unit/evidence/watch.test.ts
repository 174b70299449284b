/** What a watch writes down: the same judge says the same of it again, also where several processes took turns. */
import { expect, test } from '@jest/globals'
import { deliveryOf, evidenceName } from '../../../core/domain/evidence.js'
import { decodeEvidence } from '../../../core/domain/evidence-decode.js'
import { replayEvidence, type Replay } from '../../../core/domain/evidence-replay.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import type { FlowLab } from '../../support/flow-lab.js'
import { Died } from '../../support/flow-process.js'
import { MINUTE, released } from '../watch/lab.js'
import { changed } from './lab.js'

const fileOf = (lab: FlowLab): string => lab.files.get([...lab.files.keys()].find((name) => name.endsWith('-watch.jsonl')) ?? '') ?? ''

function replayed(source: string): Replay {
  const { lines, problems } = decodeEvidence(source)
  expect(problems).toEqual([])
  return replayEvidence(lines)
}

test('of a release that turned bad: ceilings, settings, every poll and what was decided on it', async () => {
  const lab = await released()
  lab.traffic.errors['v1'] = 0.05
  const { outputs } = await lab.watch()
  const source = fileOf(lab)
  expect(lab.files.get(outputs.evidence)).toBe(source)
  const { header, parts, polls, moves, difference, outcome } = replayed(source)
  expect({ parts, difference, moves, outcome: outcome?.reason }).toEqual({ parts: 1, difference: undefined, moves: polls.length, outcome: 'rolled-back' })
  expect(header).toMatchObject({ kind: 'watch', release: { version: 'v1' }, previous: 'v0', source: 'fake', watch: { onFail: 'rollback' }, policy: { checks: [{ fail: { relative: 0 } }] }, from: { base: {} } })
  expect(polls.at(-1)?.now?.decision).toBe('FAIL')
  const last = source.trimEnd().split('\n').findLastIndex((row) => row.startsWith('{"type":"move"')) + 1
  expect(replayed(changed(source, last, ['move', 'reason'], 'high-response-time')).difference).toMatchObject({ line: last, field: 'move.reason', now: 'high-error-rate' })
  expect(replayed(changed(source, 1, ['judge', 'dispPrior'], 40)).difference).toMatchObject({ field: expect.stringContaining('verdict') })
})

test('of a watcher that died in the middle of a line, and of the looks that went on from its record', async () => {
  const lab = await released()
  const by = lab.process()
  const at = lab.time.now() + 20 * MINUTE
  by.at = () => {
    if (lab.time.now() >= at) by.die()
  }
  await expect(lab.watch({ by })).rejects.toBeInstanceOf(Died)
  const [name = ''] = [...lab.files.keys()].filter((one) => one.endsWith('-watch.jsonl'))
  lab.files.set(name, `${lab.files.get(name)}{"type":"poll","at":17`)
  for (let look = 0; look < 3; look += 1) {
    await lab.watch({ mode: 'look' })
    await lab.time.sleep(5 * MINUTE)
  }
  const source = fileOf(lab)
  const { parts, difference, outcome, polls } = replayed(source)
  expect({ parts, difference, outcome: outcome?.reason }).toEqual({ parts: 4, difference: undefined, outcome: 'still-watching' })
  expect(polls.length).toBeGreaterThan(40)
  const second = source.split('\n').findIndex((row, index) => index > 0 && row.startsWith('{"type":"header"')) + 1
  expect(replayed(changed(source, second, ['from', 'state', 'checks', 0, 'totals', 'xC'], 999)).difference?.line).toBeGreaterThan(second)
  // Half a line of a climb, or one that nobody went on after, is no such thing.
  expect(decodeEvidence(source.replace('"kind":"watch"', '"kind":"climb"')).problems.length).toBeGreaterThan(0)
})

test('where only triggers are asked, by their own names', async () => {
  const lab = await released()
  lab.measured = false
  const fires: Trigger = { name: 'user-complaints', everyMs: 60_000, preflight: async () => undefined, look: async () => ({ kind: 'fired', detail: '7 complaints' }) }
  expect(await lab.watch({ triggers: [fires] })).toMatchObject({ reason: 'rolled-back', summary: { title: 'Watch v1 in production: rolled-back, user-complaints' } })
  const { header, moves, polls, difference } = replayed(fileOf(lab))
  expect({ judge: 'judge' in header && header.judge !== undefined, moves, polls: polls.length, difference }).toEqual({ judge: false, moves: 1, polls: 0, difference: undefined })
})

test('a disk that takes no more ends the evidence, not the watch', async () => {
  const lab = await released()
  const by = lab.process()
  by.ambient.files.append = async () => {
    throw new Error('ENOSPC: no space left on device')
  }
  lab.traffic.errors['v1'] = 0.2
  expect(await lab.watch({ by })).toMatchObject({ reason: 'rolled-back', outputs: { evidence: '' } })
  expect(lab.told.filter((line) => line.includes('written down no more'))).toHaveLength(1)
})

test('names of files tell the two kinds apart', () => {
  const [climb, watch] = [evidenceName('prod', '7', 'climb'), evidenceName('prod', '7', 'watch')]
  expect([deliveryOf('prod', climb, 'climb'), deliveryOf('prod', climb, 'watch'), deliveryOf('prod', watch, 'watch')]).toEqual(['7', undefined, '7'])
})
