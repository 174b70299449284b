import { describe, expect, test } from '@jest/globals'
import { budgetFound, budgetRefusal, budgetText, spentOf, spentText, type BudgetFound, type Slo } from '../../../core/domain/budget-gate.js'
import { readBudgets } from '../../../core/delivery/budgets.js'
import { BUDGET_WINDOW_MS, type Counted, type Objective } from '../../../core/domain/slo.js'
import type { SloSource } from '../../../core/ports/slo-source.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { FlowLab } from '../../support/flow-lab.js'
import { decodeDocument } from '../../../core/domain/delivery-document-decode.js'

const availability: Objective = { name: 'availability', target: 0.999 }
const latency: Objective = { name: 'latency', target: 0.95, slowerThanMs: 300 }
const known = (bad: number, objective = availability, coveredMs = BUDGET_WINDOW_MS): BudgetFound => budgetFound(objective, { requests: 1_000_000, bad }, coveredMs)
const unknown: BudgetFound = { kind: 'unknown', objective: availability, detail: 'it does not answer' }
const slo: Slo = { objectives: [availability], onSpent: 'refuse', onUnknown: 'warn' }

test.each<[string, BudgetFound, string]>([
  ['most of it is left', known(250), 'availability 99.9 %: 75.0 % of the error budget of 30 days is left; 250 of 1000 allowed bad requests were used'],
  ['hardly any', known(999.6), 'availability 99.9 %: 0.04 % of the error budget of 30 days is left; 1000 of 1000 allowed bad requests were used'],
  ['to the last request', known(1000), 'availability 99.9 %: the error budget of 30 days is spent; 1000 of 1000 allowed bad requests were used'],
  ['a source that is as good as new', known(7, availability, 23 * 3_600_000), 'availability 99.9 %: the error budget is not known, the source remembers less than one day of 30'],
  ['a source that is young', known(0, latency, 2.5 * 86_400_000), 'latency 95 % within 300 ms: 100.0 % of the error budget of 2 days (the source remembers no more of 30 days) is left; 0 of 50000 allowed bad requests were used'],
  ['so few that none may be bad', budgetFound(availability, { requests: 120, bad: 0 }, BUDGET_WINDOW_MS), 'availability 99.9 %: 100.0 % of the error budget of 30 days is left; of 120 requests not one may be bad, and none was'],
  ['and one that was', budgetFound(availability, { requests: 120, bad: 1 }, BUDGET_WINDOW_MS), 'availability 99.9 %: the error budget of 30 days is spent; of 120 requests not one may be bad, and 1 was'],
  ['as many as one may be', budgetFound(availability, { requests: 1000, bad: 0 }, BUDGET_WINDOW_MS), 'availability 99.9 %: 100.0 % of the error budget of 30 days is left; 0 of 1 allowed bad requests were used'],
  ['nobody asked', budgetFound(availability, { requests: 0, bad: 0 }, BUDGET_WINDOW_MS), 'availability 99.9 %: the error budget is not known, nobody asked for anything in the last 30 days'],
])('%s', (_what, found, text) => {
  expect(budgetText(found)).toBe(text)
})

test.each<[string, Partial<Slo>, readonly BudgetFound[], string | undefined]>([
  ['something is left', {}, [known(999)], undefined],
  ['nothing is left', {}, [known(1000)], 'budget-spent'],
  ['one of two is spent', {}, [known(10), known(60_000, latency)], 'budget-spent'],
  ['spent, and only a warning', { onSpent: 'warn' }, [known(1000)], undefined],
  ['unknown, which is a warning by default', {}, [unknown], undefined],
  ['unknown, and refused', { onUnknown: 'refuse' }, [known(1, latency), unknown], 'budget-unknown'],
  ['spent comes before unknown', { onUnknown: 'refuse' }, [unknown, known(50_001, latency)], 'budget-spent'],
])('%s', (_what, more, found, reason) => {
  expect(budgetRefusal({ ...slo, ...more }, found)?.reason).toBe(reason)
})

describe('what a release used', () => {
  const before = { identity: 'v2', requests: 100, errors: 1, slow: 10 }
  const after = { identity: 'v2', requests: 1100, errors: 21, slow: 510 }

  test('is its own bad requests, as a part of the whole budget', () => {
    const spent = spentOf([known(250), known(5000, latency), unknown], before, after, 300)
    expect(spent).toEqual([{ name: 'availability', spent: expect.closeTo(0.02, 9), left: expect.closeTo(0.75, 9) }, { name: 'latency', spent: expect.closeTo(0.01, 9), left: expect.closeTo(0.9, 9) }])
    expect(spent.map(spentText)).toEqual(['availability: 2.0 % of the whole; 75.0 % was left before it', 'latency: 1.0 % of the whole; 90.0 % was left before it'])
  })

  test('is not said of a latency that was counted by another threshold', () => {
    expect(spentOf([known(0, latency)], before, after, 500)).toEqual([])
    expect(spentOf([known(0, latency)], { ...before, slow: undefined! }, after, 300)).toEqual([])
  })
})

describe('before a release goes forward', () => {
  const source = (counted: Counted | { readonly detail: string }, covered: number | { readonly detail: string } = BUDGET_WINDOW_MS): SloSource => ({ name: 'fake', counted: async () => counted, covered: async () => covered })
  const lab = async (of: SloSource, more: Partial<Slo> = {}): Promise<FlowLab> => {
    const made = await new FlowLab().served('v0', 'v1')
    made.place = { slo: { ...slo, ...more } }
    made.watching = () => ({ slo: of })
    return made
  }
  const spent = source({ requests: 1_000_000, bad: 2000 })

  test('a spent budget is overruled by a reason, which is planned, recorded and shown', async () => {
    const here = await lab(spent)
    const refused = await here.promote('v2')
    expect(refused).toMatchObject({ ok: false, reason: 'budget-spent', message: expect.stringContaining('Deliver what makes it better with `force` and a reason') })
    const forced = await here.promote('v2', { force: 'it mends the errors' })
    expect(forced).toMatchObject({ ok: true, reason: 'promoted' })
    expect(here.last?.intent.overruled).toEqual({ reason: 'it mends the errors', what: ['budget-spent'] })
    expect(here.last?.intent.plan[0]).toBe('It would be refused as budget-spent, and is overruled: "it mends the errors".')
    expect(JSON.stringify(forced.summary)).toContain('the error budget of 30 days is spent; 2000 of 1000 allowed')
  })

  test('a reason to break the glass is none for it', async () => {
    expect(await (await lab(spent)).promote('v2', { breakGlass: 'it is urgent indeed' })).toMatchObject({ reason: 'budget-spent' })
  })

  test('both the record and the budget are overruled at once', async () => {
    const here = await lab(spent)
    await here.promote('v2', { requestedAt: 0, force: 'older, and wanted' })
    expect(here.last?.intent.overruled?.what).toEqual(['superseded', 'budget-spent'])
  })

  test.each([['the counters', source({ detail: 'it does not answer' })], ['how far they go back', source({ requests: 1, bad: 0 }, { detail: 'it does not answer' })]])('unknown is said, and lets it through: %s', async (_what, of) => {
    const { ok, summary } = await (await lab(of)).promote('v2')
    expect(ok).toBe(true)
    expect(JSON.stringify(summary)).toContain('["Error budget before","availability 99.9 %: the error budget is not known, it does not answer"]')
  })

  test('a rollback and a deployment to staging never ask', async () => {
    const here = await lab({ name: 'fake', counted: () => Promise.reject(new Error('asked')), covered: () => Promise.reject(new Error('asked')) })
    expect(await here.rollback()).toMatchObject({ ok: true })
    expect(await here.deploy('v3')).toMatchObject({ ok: true })
  })

  test('what the release used is in its record and in the summary, also when it was sent back', async () => {
    const here = await lab(source({ requests: 1_000_000, bad: 250 }))
    const documents: string[] = []
    here.keeping = (ambient) => ({ ledger: fakeLedger(here.store, ambient), records: [{ put: async (document) => ({ sha256: String(documents.push(JSON.stringify(document))), link: 'x' }), async *newest() {} }] })
    here.traffic.errors['v2'] = 0.5
    const { reason, summary } = await here.promote('v2')
    expect(reason).toBe('high-error-rate')
    const { budgets, polls } = decodeDocument(documents[0]!, 'record')
    const counts = polls.flatMap(({ sample }) => (sample.kind === 'sample' ? [sample.candidate.errors] : []))
    expect(budgets).toEqual([{ name: 'availability', spent: expect.closeTo((counts.at(-1)! - counts[0]!) / 1000, 9), left: expect.closeTo(0.75, 9) }])
    expect(budgets![0]!.spent).toBeGreaterThan(0.01)
    expect(JSON.stringify(summary)).toContain('"Error budget used on trial","availability: ')
  })

  test('nothing is asked where nothing was promised', async () => {
    expect(await readBudgets(undefined, spent)).toEqual([])
  })
})
