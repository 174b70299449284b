/** Each call of a flow fails, once or from then on; whatever is said must be what is. */
import { describe, expect, test } from '@jest/globals'
import type { Outcome } from '../../../core/domain/outcome.js'
import { messageOf, RemoteError } from '../../../core/errors/families.js'
import { FlowLab } from '../../support/flow-lab.js'
import type { FlowProcess } from '../../support/flow-process.js'

type Act = (lab: FlowLab, by: FlowProcess) => Promise<Outcome>

const failing = (lab: FlowLab): FlowLab => {
  lab.traffic.errors['v2'] = 0.5
  return lab
}

const stories: Readonly<Record<string, { readonly begin: () => Promise<FlowLab>; readonly act: Act; readonly old: string; readonly new: string }>> = {
  'a canary': { begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.promote('v2', { by }), old: 'v1', new: 'v2' },
  'a failing canary': { begin: async () => failing(await new FlowLab().served('v0', 'v1')), act: (lab, by) => lab.promote('v2', { by }), old: 'v1', new: 'v1' },
  'a blue-green': { begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.promote('v2', { by, place: { rollout: { strategy: 'blue-green' } } }), old: 'v1', new: 'v2' },
  'a deploy': { begin: () => new FlowLab().served('v0', 'v1'), act: (lab, by) => lab.deploy('v2', { by }), old: 'v1', new: 'v2' },
  'a rollback': { begin: () => new FlowLab().served('v0', 'v1', 'v2'), act: (lab, by) => lab.rollback({ by }), old: 'v2', new: 'v1' },
}

const refusal = (point: string): RemoteError => new RemoteError('platform-refused', { message: `Refused at ${point}.`, service: 'fake', operation: point })

/** The outcome, or the message of what was thrown before anything was begun. */
async function said(lab: FlowLab, act: Act, by: FlowProcess): Promise<Outcome | string> {
  try {
    return await act(lab, by)
  } catch (fault) {
    return messageOf(fault)
  }
}

describe.each(Object.entries(stories))('%s', (_, story) => {
  async function points(): Promise<readonly string[]> {
    const lab = await story.begin()
    const by = lab.process()
    await story.act(lab, by)
    return by.points
  }

  /** One run with a fault at one place; `lasting`: everything alike fails from then on. */
  async function faulty(place: number, lasting: RegExp | undefined): Promise<{ readonly lab: FlowLab; readonly outcome: Outcome | string }> {
    const lab = await story.begin()
    const by = lab.process()
    by.at = (point, count) => {
      if (count === place || (count > place && lasting?.test(point))) throw refusal(point)
    }
    return { lab, outcome: await said(lab, story.act, by) }
  }

  test('with one call that fails tells what is, and leaves no traffic on trial', async () => {
    for (const [index, where] of (await points()).entries()) {
      const { lab, outcome } = await faulty(index + 1, undefined)
      const { serves, candidate, weight, open } = lab.rest
      expect({ candidate, weight, where }).toEqual({ candidate: undefined, weight: 0, where })
      expect([story.old, story.new]).toContain(serves)
      if (typeof outcome === 'string') {
        // It had changed nothing, or the intent that it recorded is for the next run to close.
        expect({ serves, where }).toEqual({ serves: story.old, where })
        continue
      }
      if (outcome.ok) expect({ serves, where }).toEqual({ serves: story.new, where })
      if (outcome.outputs['version'] !== '') expect({ says: outcome.outputs['version'], where }).toEqual({ says: serves, where })
      expect(open).toBe(/before ledger finish/.test(where) && !/promoted|switched|deployed|rolled-back/.test(where) ? 1 : 0)
    }
  })

  test.each([['ledger', /ledger/], ['platform', /platform/]])('with a %s that fails from then on is healed by the next', async (what, lasting) => {
    for (const [index, where] of (await points()).entries()) {
      if (!where.includes(what)) continue
      const { lab, outcome } = await faulty(index + 1, lasting)
      if (typeof outcome !== 'string' && outcome.ok) expect({ serves: lab.rest.serves, where }).toEqual({ serves: story.new, where })
      // Users are never left to a broken ledger.
      if (what === 'ledger') expect({ weight: lab.rest.weight, where }).toEqual({ weight: 0, where })
      await lab.time.sleep(31_000)
      const next = await lab.promote('v3')
      expect({ reason: next.reason, where }).toEqual({ reason: 'promoted', where })
      expect(lab.rest).toMatchObject({ serves: 'v3', candidate: undefined, weight: 0, open: 0, holder: false })
    }
  })
})
