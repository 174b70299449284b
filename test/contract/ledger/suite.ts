import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { DeliveryEvent, Fact, RunInfo } from '../../../core/domain/history.js'
import type { Told } from '../../../core/domain/telling/told.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { aRelease, aResult, anIntent } from './intents.js'

/** Two clients of one store, as two runs would have them. */
export interface LedgerBench {
  /** `near` and `near2` are on one machine, `far` is on another. */
  readonly near: Ledger
  readonly near2: Ledger
  readonly far: Ledger
  readonly runs: { readonly near: RunInfo; readonly near2: RunInfo; readonly far: RunInfo }
  readonly advance: (ms: number) => void
  /** A lease that is not extended ends after so long, */
  readonly leaseMs: number
  /** and may be taken so much later. */
  readonly slackMs: number
  readonly now: () => number
  /** From now on the run's process is gone. */
  readonly kill: (run: RunInfo) => void
  readonly close: () => Promise<void>
}

const PLACE = 'production'
const moved: DeliveryEvent = { type: 'doing', at: 7, verb: 'shift', weight: 5, detail: 'x' }

/** What every ledger promises, whatever it is kept in. */
export function ledgerContract(name: string, make: () => Promise<LedgerBench>): void {
  describe(name, () => {
    let bench: LedgerBench
    beforeEach(async () => {
      bench = await make()
    })
    afterEach(() => bench.close())
    const taken = async (ledger: Ledger, options = { preempt: false }): Promise<Lease> => {
      const answer = await ledger.take(PLACE, options)
      if (answer.kind !== 'taken') throw new Error(`held by ${answer.by.run.id}`)
      return answer.lease
    }

    leaseContract(() => bench, taken)
    deliveryContract(() => bench, taken)
    closingContract(() => bench, taken)
  })
}

type Taking = (ledger: Ledger, options?: { preempt: boolean }) => Promise<Lease>

function leaseContract(at: () => LedgerBench, taken: Taking): void {
  describe('the lease', () => {
    it('is held by one, and says by whom and until when', async () => {
      const { near, near2, far, runs, now } = at()
      const lease = await taken(near)
      for (const other of [near2, far, near]) {
        const answer = await other.take(PLACE, { preempt: false })
        expect(answer).toMatchObject({ kind: 'held', by: { lease: lease.id, fence: lease.fence, run: runs.near } })
        expect(answer.kind === 'held' && answer.until > now()).toBe(true)
      }
      expect(await near.renew(lease)).toBe(true)
    })

    it('of one environment says nothing of another', async () => {
      const { near, near2 } = at()
      await taken(near)
      expect((await near2.take('staging', { preempt: false })).kind).toBe('taken')
    })

    it('goes on to the next when it is given back, with a higher fence', async () => {
      const { near, far } = at()
      const first = await taken(near)
      await near.release(first)
      const second = await taken(far)
      expect(second.fence).toBeGreaterThan(first.fence)
      await near.release(first)
      expect(await near.renew(first)).toBe(false)
      expect(await far.renew(second)).toBe(true)
    })

    it('is passed over when it ran out, and not before', async () => {
      const { near, far, advance, leaseMs, slackMs } = at()
      const first = await taken(near)
      advance(leaseMs - 1000)
      expect((await far.take(PLACE, { preempt: false })).kind).toBe('held')
      advance(2000 + slackMs)
      const answer = await far.take(PLACE, { preempt: false })
      expect(answer.kind === 'taken' && answer.preempted).toBeUndefined()
      expect(await near.renew(first)).toBe(false)
    })

    it('lives as long as it is renewed', async () => {
      const { near, far, advance, leaseMs } = at()
      const lease = await taken(near)
      for (let parts = 0; parts < 18; parts += 1) {
        advance(leaseMs / 6)
        expect(await near.renew(lease)).toBe(true)
        expect((await far.take(PLACE, { preempt: false })).kind).toBe('held')
      }
    })

    it('of a dead process on this machine is passed over at once; on another machine only its end is known', async () => {
      const { near, near2, far, runs, kill } = at()
      await taken(near)
      kill(runs.near)
      expect((await far.take(PLACE, { preempt: false })).kind).toBe('held')
      const answer = await near2.take(PLACE, { preempt: true })
      expect(answer).toMatchObject({ kind: 'taken' })
      expect(answer.kind === 'taken' && answer.preempted).toBeUndefined()
    })

    it('can be taken from a living holder, who learns of it', async () => {
      const { near, far, runs } = at()
      const first = await taken(near)
      const answer = await far.take(PLACE, { preempt: true })
      expect(answer).toMatchObject({ kind: 'taken', preempted: { lease: first.id, fence: first.fence, run: runs.near } })
      expect(await near.renew(first)).toBe(false)
    })

    it('goes to exactly one of many who ask at the same time', async () => {
      const { near, near2, far } = at()
      const answers = await Promise.all([near, near2, far, near, near2, far].map((ledger) => ledger.take(PLACE, { preempt: false })))
      expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(1)
    })
  })
}

function deliveryContract(at: () => LedgerBench, taken: Taking): void {
  describe('a delivery', () => {
    it('is read back whole by everybody', async () => {
      const { near, far, runs, now } = at()
      const lease = await taken(near)
      const begun = await near.begin(lease, anIntent(runs.near))
      expect(begun).toEqual({ id: begun.id, environment: PLACE, begunAt: now(), fence: lease.fence, intent: anIntent(runs.near), events: [] })
      const events: DeliveryEvent[] = [
        moved,
        { type: 'verdict', at: 8, weight: 5, decision: 'PASS', lean: 'ok', requests: 100, errors: 1, detail: 'd' },
        { type: 'observed', at: 9, detail: 'seen' },
      ]
      for (const event of events) await near.advance(lease, begun.id, event)
      const result = aResult(10, { schema: { before: 'a', after: 'b' }, bad: aRelease('2') })
      await near.finish(lease, begun.id, result)
      const { deliveries } = await far.history(PLACE)
      expect(deliveries).toEqual([{ ...begun, events, result }])
      expect((await near.history(PLACE)).deliveries).toEqual(deliveries)
    })

    it('needs the lease: nothing is recorded without it', async () => {
      const { near, far, runs } = at()
      const lease = await taken(near)
      const { id } = await near.begin(lease, anIntent(runs.near))
      await taken(far, { preempt: true })
      await expect(near.advance(lease, id, moved)).rejects.toMatchObject({ code: 'lease-lost' })
      await expect(near.begin(lease, anIntent(runs.near, '2'))).rejects.toMatchObject({ code: 'lease-lost' })
      const { deliveries } = await far.history(PLACE)
      expect(deliveries).toMatchObject([{ id, events: [] }])
    })

    it('needs the lease also when it was given back', async () => {
      const { near, runs } = at()
      const lease = await taken(near)
      await near.release(lease)
      await expect(near.begin(lease, anIntent(runs.near))).rejects.toMatchObject({ code: 'lease-lost' })
    })

    it('shows as in flight until it is finished, oldest first, with whether its run lives', async () => {
      const { near, near2, far, runs, kill, advance, leaseMs, slackMs } = at()
      const first = await taken(near)
      const one = await near.begin(first, anIntent(runs.near, '1'))
      const second = await taken(far, { preempt: true })
      const two = await far.begin(second, anIntent(runs.far, '2'))
      expect(await near2.inFlight(PLACE)).toMatchObject([{ id: one.id, alive: true }, { id: two.id, alive: true }])
      kill(runs.near)
      advance(leaseMs + slackMs + 1000)
      expect(await near2.inFlight(PLACE)).toMatchObject([{ id: one.id, alive: false }, { id: two.id, alive: false }])
      await near.finish(first, one.id, aResult(9))
      expect(await near2.inFlight(PLACE)).toMatchObject([{ id: two.id }])
    })

    it('can be watched in a list that was handed out without changing it', async () => {
      const { near, runs } = at()
      const lease = await taken(near)
      const { id } = await near.begin(lease, anIntent(runs.near))
      const before = await near.history(PLACE)
      await near.advance(lease, id, moved)
      await near.record(PLACE, { type: 'checked', at: 1, version: '1', ok: true, reason: 'passed', detail: '' })
      expect(before.deliveries[0]?.events).toEqual([])
      expect(before.facts).toEqual([])
    })
  })
}

function closingContract(at: () => LedgerBench, taken: Taking): void {
  describe('closing', () => {
    it('is open to the delivery itself also after its lease was taken; the first result counts', async () => {
      const { near, far, runs } = at()
      const first = await taken(near)
      const { id } = await near.begin(first, anIntent(runs.near))
      const second = await taken(far, { preempt: true })
      await near.finish(first, id, aResult(9, { ok: false, reason: 'preempted' }))
      await far.finish(second, id, aResult(10, { ok: false, reason: 'healed-went-back' }))
      expect((await far.history(PLACE)).deliveries).toMatchObject([{ id, result: { reason: 'preempted' } }])
    })

    it('is done by the next holder for a dead run, and a late return of that run changes nothing', async () => {
      const { near, far, runs, advance, leaseMs, slackMs } = at()
      const first = await taken(near)
      const { id } = await near.begin(first, anIntent(runs.near))
      advance(leaseMs + slackMs + 1000)
      const second = await taken(far)
      await far.advance(second, id, { type: 'doing', at: 3, verb: 'abandon', detail: 'healing' })
      await far.finish(second, id, aResult(9, { ok: false, reason: 'healed-went-back' }))
      await near.finish(first, id, aResult(10))
      const { deliveries } = await near.history(PLACE)
      expect(deliveries).toMatchObject([{ id, events: [{ verb: 'abandon' }], result: { reason: 'healed-went-back' } }])
      expect(await near.inFlight(PLACE)).toEqual([])
    })

    it('is refused to an older holder', async () => {
      const { near, far, runs } = at()
      const first = await taken(near)
      const second = await taken(far, { preempt: true })
      const { id } = await far.begin(second, anIntent(runs.far))
      await expect(near.finish(first, id, aResult(9))).rejects.toMatchObject({ code: 'lease-lost' })
      expect(await far.inFlight(PLACE)).toMatchObject([{ id }])
    })

    it('keeps facts beside the deliveries, and needs no lease for them', async () => {
      const { near, far } = at()
      await taken(near)
      const facts: Fact[] = [
        { type: 'checked', at: 1, version: '1', ok: false, reason: 'checks-failed', detail: 'two of three' },
        {
          type: 'receipt',
          at: 2,
          receipt: {
            format: 1, id: 'r-1', app: 'shop', environment: PLACE, version: '1', database: { host: 'h', port: 5432, name: 'd', systemIdentifier: '7' },
            store: '/backups', object: 'o', bytes: 9, sha256: 'a', compression: 'gzip', takenAt: '2026-01-01T00:00:00Z', dumpMs: 1, clientVersion: '16', serverVersion: '16',
            schemaRevision: '3', fingerprint: { schema: 's', rows: { 'public.t': 2 }, sequences: {}, extensions: { plpgsql: '1.0' }, largeObjects: 0 },
            verified: { at: '2026-01-01T00:00:01Z', how: 'restored', restoreMs: 5 },
          },
        },
      ]
      for (const fact of facts) await far.record(PLACE, fact)
      expect((await near.history(PLACE)).facts).toEqual(facts)
    })

    it('keeps what people were told by itself: in its order, in no history, and of no other environment', async () => {
      const { near, far } = at()
      const about = (id: string, state: 'failed' | 'succeeded'): Told => ({
        id, keys: [id, 'another'], topic: 'delivery', count: 2, failedAt: 5, acknowledged: { by: 'grace', at: 6 }, until: 9,
        notice: { key: id, app: 'shop', environment: PLACE, severity: 'warning', state, title: 'It failed: 1 in production', text: '€ and "quotes"\nand lines', facts: [['Version', '1']], link: 'https://ci.example/1', at: 7 },
        messages: [{ channel: 'slack', place: { channel: 'C1', ts: '1.5' }, at: 8 }, { channel: 'escalate.1.email', place: {}, at: 9 }],
      })
      const words = [about('one', 'failed'), about('two', 'failed'), about('one', 'succeeded')]
      for (const told of words) await far.record(PLACE, { type: 'told', at: 3, told })
      expect(await near.told(PLACE)).toEqual(words)
      expect(await far.told(PLACE)).toEqual(words)
      expect(await near.told('staging')).toEqual([])
      expect(await near.history(PLACE)).toMatchObject({ deliveries: [], facts: [] })
    })

    it('shows the holder, and an environment that nobody ever touched as empty', async () => {
      const { near, far, runs } = at()
      expect(await far.history('never')).toEqual({ environment: 'never', deliveries: [], facts: [] })
      const lease = await taken(near)
      expect((await far.history(PLACE)).holder).toMatchObject({ lease: lease.id, fence: lease.fence, run: runs.near })
      await near.release(lease)
      expect((await far.history(PLACE)).holder).toBeUndefined()
    })
  })
}
