import { describe, expect, it } from '@jest/globals'
import type { Expectations } from '../../../core/domain/check.js'
import { certificateFindings, evaluate } from '../../../core/domain/check-evaluation.js'
import type { Answer } from '../../../core/domain/identity.js'

const anything: Expectations = { status: [], contains: [], json: {}, header: {}, health: false }
const answer = (parts: Partial<Answer> = {}): Answer => ({ status: 200, headers: {}, body: '', elapsedMs: 12, ...parts })
const json = (value: unknown): Answer => answer({ body: JSON.stringify(value) })

describe('an answer', () => {
  const cases: readonly [string, Answer, Partial<Expectations>, readonly string[]][] = [
    ['any 2xx', answer({ status: 204 }), {}, []],
    ['no 2xx', answer({ status: 500 }), {}, ['status 500, expected 2xx']],
    ['a redirect, which is not followed', answer({ status: 302, headers: { location: '/login?token=abc' } }), {}, ['status 302 (a redirect to "/login"), expected 2xx']],
    ['a redirect that is wanted', answer({ status: 301 }), { status: [301, 308] }, []],
    ['another status', answer(), { status: [201, 202] }, ['status 200, expected 201 or 202']],
    ['a text', answer({ body: 'Shop' }), { contains: ['Shop', 'Basket'] }, ['the body does not contain "Basket"']],
    ['a JSON path', json({ a: [{ b: 1 }] }), { json: { 'a.0.b': '1' } }, []],
    ['another value', json({ status: 'no' }), { json: { status: 'ok' } }, ['`status` is "no", expected "ok"']],
    ['a number for a text', json({ n: 10, t: true, o: { x: 1 }, z: null }), { json: { n: '10', t: 'true', o: '{"x":1}', z: 'null' } }, []],
    ['a path that is not there', json({}), { json: { 'a.b': '1' } }, ['no `a.b` in the JSON body']],
    ['a body that is not JSON', answer({ body: '<html>' }), { json: { a: '1' } }, ['the body is not JSON: "<html>"']],
    ['a header', answer({ headers: { 'x-a': '1' } }), { header: { 'X-A': '1' } }, []],
    ['any header', answer({ headers: { 'x-a': '1' } }), { header: { 'x-a': '*', 'x-b': '*' } }, ['no header `x-b`']],
    ['another header', answer({ headers: { 'x-a': '1' } }), { header: { 'x-a': '2' } }, ['header `x-a` is "1", expected "2"']],
    ['the whole budget', answer({ elapsedMs: 500 }), { withinMs: 500 }, []],
    ['more than the budget', answer({ elapsedMs: 500.6 }), { withinMs: 500 }, ['took 501 ms, the budget is 500 ms']],
    ['much that is wrong', answer({ status: 503, body: 'x' }), { contains: ['y'], json: { a: '1' }, header: { b: 'c' } }, [
      'status 503, expected 2xx', 'the body does not contain "y"', 'the body is not JSON: "x"', 'no header `b`',
    ]],
  ]
  it.each(cases)('with %s', (_, given, expected, findings) => {
    expect(evaluate(given, { ...anything, ...expected })).toEqual({ state: findings.length === 0 ? 'passed' : 'failed', findings })
  })

  it('is shown in part only', () => {
    const { findings } = evaluate(json({ a: 'x'.repeat(5000) }), { ...anything, json: { a: 'y\n\ty' } })
    expect(findings[0]).toBe(`\`a\` is "${'x'.repeat(80)}…", expected "y y"`)
  })
})

describe('a health report', () => {
  const cases: readonly [string, unknown, string, readonly string[]][] = [
    ['ok', { status: 'ok' }, 'passed', []],
    ['in capitals', { status: 'UP', checks: { db: 'UP' } }, 'passed', []],
    ['with good parts', { status: 'ok', checks: { db: 'ok', cache: { status: 'pass', ms: 3 }, queue: true } }, 'passed', []],
    ['degraded', { status: 'degraded', checks: { cache: { status: 'degraded' } } }, 'degraded', ['health is "degraded"', 'health check `cache` is "degraded"']],
    ['with a failed part under a good word', { status: 'ok', checks: { db: 'fail' } }, 'failed', ['health check `db` is "fail"']],
    ['with several measurements of a part', { status: 'pass', checks: { db: [{ status: 'pass' }, { status: 'warn' }] } }, 'degraded', ['health check `db` is "warn"']],
    ['with a word that nobody knows', { status: 'purple' }, 'failed', ['health is "purple"']],
    ['with a part that says nothing', { status: 'ok', checks: { db: { ms: 3 } } }, 'failed', ['health check `db` has no `status`']],
    ['without a status', {}, 'failed', ['no health report: no `status` in the JSON body']],
  ]
  it.each(cases)('%s', (_, body, state, findings) => {
    expect(evaluate(json(body), { ...anything, health: true })).toEqual({ state, findings })
  })

  it('that is degraded does not hide a failure', () => {
    expect(evaluate({ ...json({ status: 'degraded' }), status: 503 }, { ...anything, health: true })).toMatchObject({ state: 'failed' })
    expect(evaluate(answer({ body: 'fine' }), { ...anything, health: true })).toEqual({ state: 'failed', findings: ['no health report: the body is not JSON: "fine"'] })
  })
})

describe('a certificate', () => {
  const now = Date.UTC(2026, 0, 1)
  const until = (days: number): { subject: string; validTo: number } => ({ subject: 'shop.example', validTo: now + days * 86_400_000 })
  it('must be valid for long enough', () => {
    expect(certificateFindings(until(14), 14, now)).toEqual([])
    expect(certificateFindings(until(13.5), 14, now)).toEqual(['the certificate of `shop.example` is valid for 13 more days, at least 14 are wanted'])
    expect(certificateFindings(until(-1.5), 14, now)).toEqual(['the certificate of `shop.example` expired 2 days ago'])
    expect(certificateFindings({ subject: 'x', validTo: Number.NaN }, 14, now)).toHaveLength(1)
  })
})
