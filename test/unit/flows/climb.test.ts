/** How a canary climbs: the dead-man's switch, the time of each step, the judge's memory, the evidence. */
import { describe, expect, test } from '@jest/globals'
import { seenVerdict, type EvidenceLine, type EvidencePoll } from '../../../core/domain/evidence.js'
import { decodeEvidence, type NumberedLine } from '../../../core/domain/evidence-decode.js'
import { replayEvidence } from '../../../core/domain/evidence-replay.js'
import { createJudge } from '../../../core/domain/judge/index.js'
import { judgeSample } from '../../../core/domain/judging.js'
import { atRest, FlowLab } from '../../support/flow-lab.js'
import { Died, type FlowProcess } from '../../support/flow-process.js'
import { fakePlatform } from '../../support/fakes/platform.js'

const served = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1')

function whole(lab: FlowLab, path: string): readonly EvidenceLine[] {
  const { lines, problems, cut } = decodeEvidence(lab.files.get(path) ?? '')
  expect({ problems, cut }).toEqual({ problems: [], cut: undefined })
  return lines.map(({ entry }) => entry)
}

function evidence(lab: FlowLab, path: string): readonly EvidencePoll[] {
  return whole(lab, path).filter((line) => line.type === 'poll')
}

function watched(lab: FlowLab, at: (point: string, by: FlowProcess) => void): FlowProcess {
  const by = lab.process()
  by.at = (point) => at(point, by)
  return by
}

describe("the dead-man's switch", () => {
  test('is set before the first weight, pushed ahead while it climbs, and off in the end', async () => {
    const lab = await served()
    const deadlines: number[] = []
    const left: number[] = []
    const by = watched(lab, (point) => {
      if (point === 'after platform returnAt') deadlines.push(lab.world.returnsAt)
      if (point === 'after metrics read') left.push(lab.world.returnsAt - lab.time.now())
    })
    expect(await lab.promote('v2', { by })).toMatchObject({ reason: 'promoted' })
    expect(lab.journal.indexOf('platform returnAt')).toBeLessThan(lab.journal.indexOf('platform shift 10'))
    expect(deadlines.length).toBeGreaterThan(2)
    expect(deadlines).toEqual(deadlines.toSorted((a, b) => a - b))
    expect(Math.min(...left)).toBeGreaterThan(6000 / 2)
    expect(lab.rest).toEqual(atRest('v2'))
  })

  test.each(['canary', 'blue-green'] as const)('sends traffic back when the run of a %s is dead and nobody comes', async (strategy) => {
    const lab = await served()
    const by = watched(lab, (point, self) => {
      if (point === (strategy === 'canary' ? 'after platform shift 50' : 'after platform shift 100')) self.die()
    })
    await expect(lab.promote('v2', { by, place: { rollout: { strategy } } })).rejects.toBeInstanceOf(Died)
    expect(lab.world.weight).toBeGreaterThan(0)
    await lab.time.sleep(strategy === 'canary' ? 6001 : 126_001)
    expect(await fakePlatform(lab.world).observe()).toMatchObject({ weight: 0, stable: { release: { version: 'v1' } } })
  })

  test('is never asked of a platform that has none', async () => {
    const lab = await new FlowLab({ deadMan: false }).served('v0', 'v1')
    for (const [version, strategy] of [['v2', 'canary'], ['v3', 'blue-green']] as const) expect(await lab.promote(version, { place: { rollout: { strategy } } })).toMatchObject({ ok: true })
    expect(lab.journal.filter((line) => line.includes('returnAt'))).toEqual([])
  })

  test('is off while a release is held', async () => {
    const lab = await served()
    lab.traffic.rps = 5
    expect(await lab.promote('v2', { place: { rollout: { onUndecided: 'hold', decideWithinMs: 5000 } } })).toMatchObject({ reason: 'held', outputs: { weight: '10', verdict: 'unknown' } })
    await lab.time.sleep(3_600_000)
    expect(await fakePlatform(lab.world).observe()).toMatchObject({ weight: 10 })
  })

  test('that fires while the run was paused is noticed', async () => {
    const lab = await served()
    const by = lab.process()
    let paused = false
    by.at = async (point) => {
      if (point !== 'before metrics read' || paused) return
      paused = true
      await lab.time.sleep(10_000)
    }
    expect(await lab.promote('v2', { by })).toMatchObject({ reason: 'weight-changed' })
    expect(lab.rest).toEqual(atRest('v1'))
  })
})

describe('a step', () => {
  test('lasts at least as long as it must', async () => {
    const lab = await served()
    const shifted: number[] = []
    const by = watched(lab, (point) => {
      if (/^after platform (?:shift|promote)/.test(point)) shifted.push(lab.time.now())
    })
    await lab.promote('v2', { by, place: { rollout: { weights: [10, 20, 50, 100], stepAtLeastMs: 15_000 } } })
    expect(shifted.length).toBe(4)
    for (const [index, at] of shifted.slice(1).entries()) expect(at - shifted[index]!).toBeGreaterThanOrEqual(15_000)
  })

  test('is recorded with its verdict before the next begins', async () => {
    const lab = await served()
    await lab.promote('v2')
    const events = lab.last!.events.map((event) => (event.type === 'doing' ? `${event.verb} ${event.weight ?? ''}`.trim() : event.type))
    expect(events).toEqual(['launch', 'observed', 'shift 10', 'verdict', 'shift 50', 'verdict', 'promote', 'observed'])
  })

  test('that fails is not followed by another', async () => {
    const lab = await served()
    lab.traffic.errors['v2'] = 0.3
    expect(await lab.promote('v2')).toMatchObject({ reason: 'high-error-rate', outputs: { weight: '10', verdict: 'fail' } })
    expect(lab.journal).not.toContain('platform shift 50')
  })
})

describe('the judge', () => {
  test('keeps its evidence from step to step', async () => {
    const lab = await served()
    const { outputs } = await lab.promote('v2')
    const lines = evidence(lab, outputs.evidence)
    const lastAt10 = lines.findLast(({ weight }) => weight === 10)!
    const firstAt50 = lines.find(({ weight }) => weight === 50)!
    expect(lastAt10.verdict!.logEPass).toBeGreaterThan(0)
    expect(firstAt50.verdict!.logEPass).toBeGreaterThanOrEqual(lastAt10.verdict!.logEPass! - 0.5)
    expect(lines.at(-1)!.sample).toMatchObject({ candidate: { requests: Number(outputs.requests) } })
  })

  test('requests of our own are marked as such: in each line, in the evidence, in the record and in the summary', async () => {
    const lab = await served()
    const users = await lab.promote('v2')
    expect(JSON.stringify([lab.told, users.summary])).not.toContain('our own')
    lab.traffic.synthetic = true
    lab.told.length = 0
    const { reason, outputs, summary } = await lab.promote('v3')
    expect(reason).toBe('promoted')
    expect(evidence(lab, outputs.evidence).every(({ sample }) => sample.kind === 'no-data' || 'synthetic' in sample)).toBe(true)
    expect(lab.told.filter((line) => /^\d+ % for .* bad/.test(line))).not.toEqual([])
    expect(lab.told.filter((line) => /^\d+ % for .* bad/.test(line) && !line.includes('bad (our own requests); against'))).toEqual([])
    expect(summary?.parts).toContainEqual({ kind: 'text', text: 'Judged by requests of our own to each release (`judge.metrics.probe`): what users got was not measured.' })
  })

  test('waits out a source that is silent for a while, and says so', async () => {
    const lab = await served()
    let silent = 0
    const by = watched(lab, (point) => {
      if (point !== 'before metrics read') return
      silent += 1
      lab.traffic.outage = silent > 2 && silent < 9 ? 'unreachable' : undefined
    })
    const outcome = await lab.promote('v2', { by })
    expect(outcome.reason).toBe('promoted')
    expect(evidence(lab, outcome.outputs.evidence).filter(({ sample }) => sample.kind === 'no-data')).toHaveLength(6)
    expect(lab.told).toContainEqual(expect.stringMatching(/^10 % for .*: no data, unreachable/))
  })

  test('never promotes on silence: rolls back or holds, as it was told', async () => {
    for (const [onUndecided, onNoData, reason] of [['promote-if-unsuspected', 'rollback', 'no-data'], ['promote-if-unsuspected', 'hold', 'held'], ['rollback', 'hold', 'no-data']] as const) {
      const lab = await served()
      const by = watched(lab, (point) => {
        if (point === 'after platform shift 50') lab.traffic.outage = 'empty'
      })
      expect(await lab.promote('v2', { by, place: { rollout: { onUndecided, onNoData, decideWithinMs: 60_000 } } })).toMatchObject({ ok: false, reason })
      expect(lab.world.stable?.release.version).toBe('v1')
    }
  })

  test('is not led astray by counters of stable that begin anew', async () => {
    const lab = await served()
    let polls = 0
    const by = watched(lab, (point) => {
      if (point !== 'before metrics read' || ++polls !== 3) return
      lab.traffic.counted.delete(lab.world.stable!.id)
    })
    expect(await lab.promote('v2', { by })).toMatchObject({ reason: 'promoted' })
  })
})

describe('the evidence', () => {
  test('has every sample of every poll, and the outcome says where', async () => {
    const lab = await served()
    const { outputs, summary } = await lab.promote('v2')
    const lines = evidence(lab, outputs.evidence)
    expect(lines).toHaveLength(lab.journal.filter((line) => line === 'metrics read').length)
    const [header] = whole(lab, outputs.evidence)
    expect(header).toMatchObject({ type: 'header', delivery: outputs.deployment, environment: 'production', release: { version: 'v2' }, previous: 'v1', source: 'fake', arms: { candidate: { identity: 'v2' } } })
    expect(lines.map(({ sample }) => sample.at)).toEqual(lines.map(({ sample }) => sample.at).toSorted((a, b) => a - b))
    expect(summary.parts.find(({ kind }) => kind === 'chart')).toMatchObject({ series: [{ name: 'stable' }, { name: 'candidate' }], marks: [{ label: '10 %' }, { label: '50 %' }] })
  })

  test('has the steps, what was decided after each poll, and the outcome last', async () => {
    const lab = await served()
    const { outputs, reason } = await lab.promote('v2')
    const lines = whole(lab, outputs.evidence)
    expect(lines.flatMap((line) => (line.type === 'step' ? [line.weight] : []))).toEqual([10, 50])
    expect(lines.filter(({ type }) => type === 'move')).toHaveLength(lines.filter(({ type }) => type === 'poll').length)
    expect(lines.flatMap((line) => (line.type === 'move' && line.move.kind !== 'stay' ? [line.move] : []))).toEqual([{ kind: 'up', decided: true }, { kind: 'up', decided: true }])
    expect(lines.at(-1)).toMatchObject({ type: 'outcome', ok: true, reason })
  })

  test.each([[{ v2: 0.3 }, 'high-error-rate', false], [{}, 'promoted', false], [{}, 'promoted', true]] as const)('gives the same verdicts and moves again: errors %j, %s, synthetic: %s', async (errors, reason, synthetic) => {
    const lab = await served()
    if (synthetic) lab.traffic.synthetic = true
    Object.assign(lab.traffic.errors, errors)
    const outcome = await lab.promote('v2')
    const replay = replayEvidence(decodeEvidence(lab.files.get(outcome.outputs.evidence)!).lines)
    expect(replay).toMatchObject({ outcome: { reason } })
    expect(replay.difference).toBeUndefined()
    expect(replay.polls.at(-1)!.now!.decision).toBe(reason === 'high-error-rate' ? 'FAIL' : 'PASS')
    expect(replay.moves).toBe(replay.polls.length)
  })

  test('of our own requests is replayed by their share, which is half of them at any weight', async () => {
    const lab = await served()
    const { lines } = decodeEvidence(lab.files.get((await lab.promote('v2')).outputs.evidence)!)
    const [header, step] = lines
    if (header?.entry.type !== 'header') throw new Error('no header')
    // One that answers none of them: a weight of 10 % would not have promised it any by then.
    const { judge: settings, policy } = header.entry
    const judge = createJudge(settings!)
    const polls = [0, 40, 80].map((second, index): NumberedLine => {
      const sample = { kind: 'sample' as const, at: second * 1000, synthetic: true as const, stable: { identity: 'v1', requests: 50 * index, errors: 0 }, candidate: { identity: 'v2', requests: 0, errors: 0 } }
      return { number: index + 3, entry: { type: 'poll', at: sample.at, weight: 10, sample, verdict: seenVerdict(judge.observe(second, judgeSample(policy.checks, sample), 0.5)) } }
    })
    expect(polls.at(-1)!.entry).toMatchObject({ verdict: { decision: 'NO_DATA' } })
    expect(replayEvidence([header, step!, ...polls]).difference).toBeUndefined()
  })

  test('of a run that was killed replays up to there', async () => {
    const lab = await served()
    let polls = 0
    const by = watched(lab, (point, self) => {
      if (point === 'after metrics read' && ++polls === 3) self.die()
    })
    await expect(lab.promote('v2', { by })).rejects.toBeInstanceOf(Died)
    const [text] = [...lab.files.values()]
    const { lines, problems } = decodeEvidence(text!)
    expect(problems).toEqual([])
    expect(replayEvidence(lines)).toMatchObject({ moves: 2, polls: [{}, {}] })
    expect(replayEvidence(lines)).not.toHaveProperty('outcome')
  })

  test('that can not be written when the release has failed does not change why it went back', async () => {
    const lab = await served()
    lab.traffic.errors['v2'] = 0.3
    const by = lab.process()
    const usual = { ...by.ambient.files }
    Object.assign(by.ambient.files, {
      append: async (path: string, text: string) => {
        if (/"kind":"back"|"type":"outcome"/.test(text)) throw new Error('no space left')
        await usual.append(path, text)
      },
    })
    expect(await lab.promote('v2', { by })).toMatchObject({ reason: 'high-error-rate' })
    expect(lab.told.filter((line) => line.includes('no space left'))).toEqual(['The move is not in the evidence: no space left', 'The outcome is not in the evidence: no space left'])
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('is told while it goes: one line a poll, with both arms', async () => {
    const lab = await served()
    await lab.promote('v2')
    const lines = lab.told.filter((line) => /^\d+ % for /.test(line))
    expect(lines).toHaveLength(lab.journal.filter((line) => line === 'metrics read').length)
    expect(lines.at(-1)).toMatch(/^50 % for 2\.0 s: stable 0\/\d+ bad, v2 0\/\d+ bad; against -?[\d.]+ of [\d.]+, for [\d.]+ of [\d.]+$/)
  })

  test('is there also when the climb was cancelled', async () => {
    const lab = await served()
    const by = watched(lab, (point, self) => {
      if (point === 'after platform shift 50') self.cancel()
    })
    const { reason, outputs } = await lab.promote('v2', { by })
    expect(reason).toBe('cancelled')
    expect(outputs).toMatchObject({ weight: '50', verdict: 'pass' })
    expect(evidence(lab, outputs.evidence).length).toBeGreaterThan(2)
  })
})

describe('a held release', () => {
  const held = async (): Promise<FlowLab> => (await served()).held('v2')

  test('goes on when it is delivered again', async () => {
    const lab = await held()
    expect(await lab.promote('v2')).toMatchObject({ reason: 'promoted' })
    expect(lab.rest).toEqual(atRest('v2'))
  })

  test('makes way for another release', async () => {
    const lab = await held()
    expect(await lab.promote('v3')).toMatchObject({ reason: 'promoted', outputs: { previous: 'v1' } })
    expect(lab.rest).toEqual(atRest('v3'))
  })
})

test('a weight at which nobody asked for anything is recorded as that, and not as so many bad of none', async () => {
  const lab = await served()
  lab.traffic.rps = 0
  await lab.promote('v2', { place: { rollout: { decideWithinMs: 5000 } } })
  const details = (lab.last?.events ?? []).flatMap((event) => (event.type === 'verdict' ? [event.detail] : []))
  expect(details).toEqual(['errors: no request was measured'])
})
