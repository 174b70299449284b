/** A process ends, as by `kill -9`, before and after each of its calls; whoever comes next puts things right. */
import { describe, expect, test } from '@jest/globals'
import { FlowLab } from '../../support/flow-lab.js'
import { Died, type FlowProcess } from '../../support/flow-process.js'

interface Story {
  readonly begin: () => Promise<FlowLab>
  readonly act: (lab: FlowLab, by: FlowProcess) => Promise<unknown>
  /** Which versions may serve afterwards. */
  readonly rollback?: true
  readonly old: string
  readonly new: string
}

const failing = (lab: FlowLab): FlowLab => {
  lab.traffic.errors['v2'] = 0.5
  return lab
}

const stories: Readonly<Record<string, Story>> = {
  'a canary': { begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.promote('v2', { by }), old: 'v1', new: 'v2' },
  'a blue-green': {
    begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.promote('v2', { by, place: { rollout: { strategy: 'blue-green' } } }), old: 'v1', new: 'v2',
  },
  'a failing canary': { begin: async () => failing(await new FlowLab().served('v0', 'v1')), act: (lab, by) => lab.promote('v2', { by }), old: 'v1', new: 'v1' },
  'a promotion that is taken back': {
    begin: async () => {
      const lab = await new FlowLab().served('v0', 'v1')
      lab.names = (url, usual) => (url.includes('candidate') || usual === 'v1' ? usual : 'other')
      return lab
    },
    act: (lab, by) => lab.promote('v2', { by, place: { rollout: { strategy: 'direct', healthyWithinMs: 500 } } }), old: 'v1', new: 'v2',
  },
  'a deploy': { begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.deploy('v2', { by }), old: 'v1', new: 'v2' },
  'a rollback': { begin: () => new FlowLab().served('v0', 'v1', 'v2'), act: (lab, by) => lab.rollback({ by }), rollback: true, old: 'v2', new: 'v1' },
  'a rollback from a held canary': {
    begin: async () => {
      const lab = await new FlowLab().served('v0', 'v1')
      lab.traffic.rps = 1
      await lab.promote('v2', { place: { rollout: { onUndecided: 'hold', decideWithinMs: 5000 } } })
      return lab
    },
    act: (lab, by) => lab.rollback({ by }), rollback: true, old: 'v1', new: 'v1',
  },
}

/** Every place where it could end, from one run that is left alone. */
async function placesOf({ begin, act }: Story): Promise<readonly string[]> {
  const lab = await begin()
  const by = lab.process()
  await act(lab, by)
  expect(lab.unannounced).toEqual([])
  return by.points
}

interface Killed {
  readonly lab: FlowLab
  readonly by: FlowProcess
  /** It had recorded what it was about to do; before that it has changed nothing. */
  readonly begun: boolean
  /** It had recorded its end. */
  readonly ended: boolean
}

async function killed(story: Story, place: number): Promise<Killed> {
  const lab = await story.begin()
  const before = lab.deliveries.length
  const by = lab.process()
  by.at = (_, count) => {
    if (count === place) by.die()
  }
  await expect(story.act(lab, by)).rejects.toBeInstanceOf(Died)
  // What was wrong with the world is over.
  lab.names = (_, usual) => usual
  const begun = lab.deliveries.length > before
  return { lab, by, begun, ended: begun && lab.last?.result !== undefined }
}

function expectRest(lab: FlowLab, allowed: readonly string[], place: string | undefined): void {
  const { serves, ...rest } = lab.rest
  expect({ ...rest, place }).toEqual({ candidate: undefined, weight: 0, returnsAt: 0, open: 0, holder: false, place })
  expect({ serves, place }).toEqual({ serves: expect.stringMatching(allowed.join('|')), place })
  expect(lab.unannounced).toEqual([])
}

describe.each(Object.entries(stories))('%s that dies anywhere', (_, story) => {
  test('leaves nothing that its post step does not heal', async () => {
    const places = await placesOf(story)
    for (const [index] of places.entries()) {
      const { lab, by, begun } = await killed(story, index + 1)
      await lab.mend(by)
      const { open, serves, weight } = lab.rest
      const trial = begun ? 0 : weight
      expect({ open, weight, place: places[index] }).toEqual({ open: 0, weight: trial, place: places[index] })
      expect([story.old, story.new]).toContain(serves)
    }
  })

  test('is healed by the same action started again', async () => {
    const places = await placesOf(story)
    for (const [index] of places.entries()) {
      const { lab, ended } = await killed(story, index + 1)
      await expect(story.act(lab, lab.process())).resolves.toBeDefined()
      // Of a rollback that had done all it should, a second one is a second step back.
      expectRest(lab, [story.old, story.new, ...(ended && story.rollback ? ['v0'] : [])], places[index])
    }
  })

  test('is healed by the next release', async () => {
    const places = await placesOf(story)
    for (const [index] of places.entries()) {
      const { lab } = await killed(story, index + 1)
      lab.traffic.rps = 2000
      const next = await lab.promote('v3')
      expect({ reason: next.reason, place: places[index] }).toEqual({ reason: 'promoted', place: places[index] })
      expectRest(lab, ['v3'], places[index])
      expect([story.old, story.new]).toContain(next.outputs.previous)
    }
  })

  test('is healed by a rollback, which ends at a release that served before', async () => {
    const places = await placesOf(story)
    for (const [index] of places.entries()) {
      const { lab, begun, ended } = await killed(story, index + 1)
      const over = ended && lab.last?.result?.live?.version === 'v1'
      // A rollback that has just ended is not done twice unless a target is named.
      const back = await lab.rollback(over ? { to: 'v0' } : {})
      expect({ ok: back.ok, place: places[index], message: back.message }).toMatchObject({ ok: true, place: places[index] })
      // Where v1 served and nothing was under way, the release before it was asked for.
      expectRest(lab, ['v1', ...(!begun || over ? ['v0'] : [])], places[index])
    }
  })
})
