import { describe, expect, it } from '@jest/globals'
import type { Sample } from '../../../core/domain/sample.js'
import { SmokeLab, check, staging } from './lab.js'

const MINUTE = 60_000

describe('soak', () => {
  it('goes on for the whole time, and passes by the judge when enough was seen', async () => {
    const lab = new SmokeLab()
    const start = lab.time.now()
    const outcome = await lab.run({ place: { soakMs: 15 * MINUTE, checks: [check('/'), check('/a')] } })
    expect(outcome).toMatchObject({ ok: true, reason: 'passed', message: expect.stringContaining('Soaked and passed: checks: 0 of') })
    expect(lab.time.now() - start).toBeGreaterThanOrEqual(15 * MINUTE)
    expect(lab.time.now() - start).toBeLessThan(15 * MINUTE + 5000)
  })

  it('ends when a check fails twice in a row, naming it', async () => {
    const lab = new SmokeLab()
    const start = lab.time.now()
    lab.answer = ({ url }, time) => (url.endsWith('/a') && time > start + 5 * MINUTE ? { status: 500 } : {})
    const outcome = await lab.run({ place: { soakMs: 15 * MINUTE, checks: [check('/'), check('/a')] } })
    expect(outcome).toMatchObject({ ok: false, reason: 'soak-failed', message: expect.stringContaining('GET /a (status 500, expected 2xx)') })
    expect(lab.time.now() - start).toBeLessThan(5 * MINUTE + 20_000)
  })

  it('ends when another release serves', async () => {
    const lab = new SmokeLab()
    const start = lab.time.now()
    lab.answer = ({ url }, time) => (url.endsWith('/version') && time > start + MINUTE ? { body: '{"version":"1"}' } : {})
    expect(await lab.run({ place: { soakMs: 5 * MINUTE } })).toMatchObject({ ok: false, reason: 'soak-failed', message: expect.stringContaining('1 instead of 2') })
  })

  it('fails by the judge when many single failures add up', async () => {
    const lab = new SmokeLab()
    let asked = 0
    lab.answer = ({ url }) => (/\/(a|b)$/.test(url) && ++asked % 4 === 3 ? { status: 500 } : {})
    const outcome = await lab.run({ place: { soakMs: 15 * MINUTE, checks: [check('/a'), check('/b')] } })
    expect(outcome).toMatchObject({ ok: false, reason: 'soak-failed', message: expect.stringContaining('The judge fails it') })
  })

  describe('that was too short for a verdict', () => {
    const short = { soakMs: MINUTE, checks: [check('/')] }
    it('passes as unsuspected where that is wanted, with its own reason', async () => {
      expect(await new SmokeLab().run({ place: short })).toMatchObject({ ok: true, reason: 'soaked-unsuspected', message: expect.stringContaining('Undecided') })
    })
    it('does not pass otherwise', async () => {
      for (const choice of ['hold', 'rollback'] as const) {
        expect(await new SmokeLab().run({ place: { ...short, rollout: { ...staging.rollout, onUndecided: choice } } })).toMatchObject({ ok: false, reason: 'soak-undecided', message: expect.stringContaining(`\`on-undecided\` is ${choice}`) })
      }
    })
    it('does not pass when next to nothing was seen', async () => {
      const outcome = await new SmokeLab().run({ place: { ...short, soakMs: 5000 } })
      expect(outcome).toMatchObject({ ok: false, reason: 'soak-undecided', message: expect.stringContaining('fewer than 30 requests') })
    })
  })

  describe('with metrics of what users get', () => {
    const counted = (read: (time: number) => Sample['candidate'] | undefined, more: Pick<Sample, 'synthetic'> = {}): SmokeLab => {
      const lab = new SmokeLab()
      lab.metrics = {
        name: 'fake',
        preflight: async () => {},
        read: async ({ candidate }) => {
          expect(candidate).toMatchObject({ name: 'stable', identity: '2' })
          const at = lab.time.now()
          const counters = read(at)
          return counters === undefined ? { kind: 'no-data', at, cause: 'empty', detail: 'nothing there' } : { kind: 'sample', at, candidate: counters, ...more }
        },
      }
      return lab
    }
    it('fails when users get errors that the checks do not', async () => {
      let start: number | undefined
      const lab = counted((time) => {
        start ??= time
        const requests = (time - start) / 10
        return { identity: '2', requests, errors: Math.max(0, Math.floor((time - start - MINUTE) / 100)) }
      })
      const outcome = await lab.run({ place: { soakMs: 15 * MINUTE } })
      expect(outcome).toMatchObject({ ok: false, reason: 'soak-failed', message: expect.stringMatching(/errors: \d+ of \d+ bad/) })
    })

    it('says when they are of our own requests', async () => {
      const lab = counted((time) => ({ identity: '2', requests: time / 10, errors: time / 20 }), { synthetic: true })
      expect(await lab.run({ place: { soakMs: 15 * MINUTE } })).toMatchObject({ ok: false, reason: 'soak-failed', message: expect.stringMatching(/errors of our own requests: \d+ of \d+ bad/) })
    })

    it('goes by the checks alone when the source knows nothing, and says so', async () => {
      const lab = counted(() => undefined)
      expect(await lab.run({ place: { soakMs: 15 * MINUTE } })).toMatchObject({ ok: true, reason: 'passed' })
      expect(lab.told).toContainEqual(expect.stringContaining('left out of the soak: nothing there'))
    })

    it('is undecided when the source falls silent', async () => {
      let reads = 0
      const lab = counted(() => (++reads > 2 ? undefined : { identity: '2', requests: 10 * reads, errors: 0 }))
      expect(await lab.run({ place: { soakMs: 15 * MINUTE } })).toMatchObject({ ok: false, reason: 'soak-undecided' })
    })

    it('takes its ceiling from the configuration', async () => {
      const lab = counted((time) => ({ identity: '2', requests: time / 10, errors: time / 500 }))
      const ceiling = { relative: 0, absolute: 0.05 }
      const judge = { checks: [{ metric: 'errors' as const, name: 'errors', fail: ceiling, pass: ceiling, warmupMs: 0 }], pollMs: 1000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100 }
      expect(await lab.run({ place: { soakMs: 15 * MINUTE, judge } })).toMatchObject({ ok: true, reason: 'passed' })
      expect(await lab.run({ place: { soakMs: 15 * MINUTE } })).toMatchObject({ ok: false, reason: 'soak-failed' })
    })
  })
})
