import { describe, expect, it } from '@jest/globals'
import { reasons } from '../../../actions/smoke-test/outcome.js'
import { SmokeLab, check } from './lab.js'

describe('smoke test', () => {
  it('passes when the version is served and every check passes', async () => {
    const lab = new SmokeLab()
    const outcome = await lab.run({ junit: 'out/junit.xml' })
    expect(outcome).toMatchObject({ ok: true, reason: 'passed', outputs: { 'served-version': '2', passed: '2', degraded: '0', failed: '0', junit: 'out/junit.xml' } })
    expect(lab.files.get('/work/out/junit.xml')).toContain('<testsuites name="smoke test of https://shop.example" tests="2" failures="0"')
    expect(lab.facts).toMatchObject([{ type: 'checked', version: '2', ok: true, reason: 'passed' }])
  })

  it('never takes nothing for a pass', async () => {
    const lab = new SmokeLab()
    const outcome = await lab.run({ version: undefined, place: { checks: [] } })
    expect(outcome).toMatchObject({ ok: false, reason: 'no-checks' })
    expect(lab.asked).toEqual([])
    expect(lab.facts).toMatchObject([{ ok: false, reason: 'no-checks' }])
  })

  it('takes the version alone for a check', async () => {
    expect(await new SmokeLab().run({ place: { checks: [] } })).toMatchObject({ ok: true, reason: 'passed', outputs: { passed: '1' } })
  })

  it('names every input that is missing', async () => {
    await expect(new SmokeLab().run({ nowhere: true })).rejects.toMatchObject({ problems: [{ code: 'input-missing' }, { code: 'input-missing' }] })
  })

  it('counts no check while the version is wrong', async () => {
    const lab = new SmokeLab()
    lab.version = '1'
    const outcome = await lab.run({ place: { checks: [check('/'), check('/a')] } })
    expect(outcome).toMatchObject({ ok: false, reason: 'wrong-version', outputs: { 'served-version': '1', passed: '0', failed: '1' } })
    expect(outcome.message).toBe('Version 2 should be served; 10 of the last 10 answers named 1.')
    expect(new Set(lab.asked.map(({ url }) => url))).toEqual(new Set(['https://shop.example/version']))
    expect(outcome.summary.parts).toContainEqual(expect.objectContaining({ rows: [['served version', 'failed', expect.anything(), expect.anything(), expect.anything()], ...['GET /', 'GET /a'].map((name) => [name, 'not run', '0', '', 'the version was wrong'])] }))
  })

  it('is not content with a version that only some answers name', async () => {
    const lab = new SmokeLab()
    let asked = 0
    lab.answer = ({ url }) => (url.endsWith('/version') ? { body: JSON.stringify({ version: ++asked % 3 === 0 ? '1' : '2' }) } : {})
    expect(await lab.run()).toMatchObject({ ok: false, reason: 'wrong-version', message: expect.stringMatching(/named 2, 3 of the last 10 answers named 1|answers named 1/) })
  })

  it('waits for the version, and finds it within a second of its coming', async () => {
    const lab = new SmokeLab()
    const start = lab.time.now()
    lab.answer = ({ url }, time) => (url.endsWith('/version') ? { body: JSON.stringify({ version: time < start + 20_000 ? '1' : '2' }) } : {})
    expect(await lab.run()).toMatchObject({ ok: true })
    expect(lab.time.now() - start).toBeLessThan(21_200)
  })

  it('tries a flapping check again until it passes, and says how often', async () => {
    const lab = new SmokeLab()
    let asked = 0
    lab.answer = ({ url }) => (url.endsWith('/flap') && ++asked < 4 ? { status: 503 } : {})
    const outcome = await lab.run({ place: { checks: [check('/flap'), check('/')] } })
    expect(outcome).toMatchObject({ ok: true, outputs: { passed: '3' } })
    expect(outcome.summary.parts).toContainEqual(expect.objectContaining({ rows: expect.arrayContaining([['GET /flap', 'passed', '4', '10 ms', '']]) }))
  })

  it('reports every check when the time is over, hides none and keeps to the time', async () => {
    const lab = new SmokeLab()
    const start = lab.time.now()
    lab.answer = ({ url }) => (/[abc]$/.test(url) ? { status: 500 } : url.endsWith('/slow') ? 'silence' : {})
    const checks = [check('/a'), check('/b'), check('/c'), check('/slow'), check('/last')]
    const outcome = await lab.run({ concurrency: 2, place: { checks }, junit: '/tmp/j.xml' })
    expect(outcome).toMatchObject({ ok: false, reason: 'checks-failed', outputs: { passed: '2', failed: '4' } })
    expect(outcome.message).toMatch(/4 of 6 checks failed within 1 min: GET \/a \(status 500, expected 2xx\); .*GET \/slow \(no answer: none came\)/)
    expect(lab.time.now() - start).toBeLessThanOrEqual(60_000)
    expect(lab.files.get('/tmp/j.xml')).toContain('failures="4"')
  })

  it('tells silence from failure', async () => {
    const lab = new SmokeLab()
    lab.answer = ({ url }) => (url.endsWith('/slow') ? 'silence' : {})
    expect(await lab.run({ place: { checks: [check('/slow'), check('/')] } })).toMatchObject({ ok: false, reason: 'timed-out' })
  })

  it('holds the budget against the attempt that counts', async () => {
    const lab = new SmokeLab()
    let asked = 0
    lab.answer = ({ url }) => (url.endsWith('/warm') ? { elapsedMs: asked++ === 0 ? 900 : 100 } : {})
    const outcome = await lab.run({ place: { checks: [check('/warm', { withinMs: 500 })] } })
    expect(outcome).toMatchObject({ ok: true })
    expect(outcome.summary.parts).toContainEqual(expect.objectContaining({ rows: expect.arrayContaining([['GET /warm', 'passed', '2', '100 ms', '']]) }))
  })

  it('warns of what is degraded, or fails it, as configured', async () => {
    const lab = new SmokeLab()
    lab.answer = ({ url }) => (url.endsWith('/health') ? { body: '{"status":"degraded","checks":{"mail":"degraded"}}' } : {})
    const checks = [check('/health', { health: true })]
    const warned = await lab.run({ place: { checks } })
    expect(warned).toMatchObject({ ok: true, reason: 'passed-degraded', outputs: { passed: '1', degraded: '1' } })
    expect(JSON.stringify(warned.summary)).toContain('health check `mail`')
    expect(await lab.run({ place: { checks, degraded: 'fail' } })).toMatchObject({ ok: false, reason: 'checks-failed', outputs: { failed: '1' } })
  })

  it('never asks more at once than it may', async () => {
    const lab = new SmokeLab()
    const many = Array.from({ length: 20 }, (_, n) => check(`/${n}`))
    const start = lab.time.now()
    lab.answer = ({ url }) => (url.endsWith('/version') ? { elapsedMs: 0 } : { elapsedMs: 1000 })
    await lab.run({ concurrency: 4, place: { checks: many } })
    expect(lab.time.now() - start).toBeGreaterThanOrEqual(5000)
  })

  it('ends as cancelled, records nothing and says so', async () => {
    const lab = new SmokeLab()
    lab.answer = ({ url }) => {
      if (url.endsWith('/b')) lab.controller.abort()
      return {}
    }
    expect(await lab.run({ place: { checks: [check('/a'), check('/b')] } })).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(lab.facts).toEqual([])
  })

  it('keeps secret headers out of everything, and to the host they are for', async () => {
    const lab = new SmokeLab()
    const token = 'planted-secret-4711'
    lab.answer = ({ headers = {} }) => ({ status: 500, headers: { 'x-echo': headers['authorization'] ?? '' }, body: `you sent ${headers['authorization']} ${headers['x-api-key']}` })
    const own = { ...check('/own', { json: { a: '1' } }), headers: { 'x-api-key': 'planted-own-0815' } }
    const outcome = await lab.run({
      headers: { authorization: `Bearer ${token}` }, junit: '/tmp/j.xml', version: undefined,
      place: { checks: [check('/', { header: { 'x-echo': 'x' }, json: { a: '1' } }), own, check('https://elsewhere.example/')] },
    })
    expect(outcome.reason).toBe('checks-failed')
    const all = JSON.stringify([outcome, lab.told, [...lab.files], lab.facts])
    expect(all).not.toMatch(/planted/)
    expect(all).toContain('***')
    expect(lab.asked.find(({ url }) => url.includes('elsewhere'))?.headers).toEqual({})
    expect(lab.asked.find(({ url }) => url.endsWith('/own'))?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-api-key': 'planted-own-0815' })
  })

  it('has a text for every reason', () => {
    expect(Object.values(reasons).every((text) => text.endsWith('.'))).toBe(true)
  })
})

describe('integration tests', () => {
  const place = { integration: 'npm run it' }
  it('run after the checks, and are told where to look', async () => {
    const lab = new SmokeLab()
    expect(await lab.run({ place })).toMatchObject({ ok: true, reason: 'passed' })
    expect(lab.scripts).toMatchObject([{ script: 'npm run it', timeoutMs: 60_000, cwd: '/work', env: { ECLUSE_URL: 'https://shop.example', ECLUSE_VERSION: '2', ECLUSE_ENVIRONMENT: 'staging' } }])
  })

  it('fail the test by their exit code, with their last lines', async () => {
    const lab = new SmokeLab()
    lab.integration = { exitCode: 3 }
    const outcome = await lab.run({ place, junit: '/j.xml' })
    expect(outcome).toMatchObject({ ok: false, reason: 'integration-failed', message: 'The integration tests ended with exit code 3 after 5 ms.' })
    expect(JSON.stringify(outcome.summary)).toContain('the last line')
    expect(lab.files.get('/j.xml')).toMatch(/name="integration tests".*<failure/)
  })

  it('fail the test when they do not end', async () => {
    const lab = new SmokeLab()
    lab.integration = { timedOut: true }
    expect(await lab.run({ place })).toMatchObject({ ok: false, reason: 'integration-failed', message: expect.stringContaining('within 1 min') })
  })

  it('do not run when a check failed', async () => {
    const lab = new SmokeLab()
    lab.answer = ({ url }) => (url.endsWith('/version') ? {} : { status: 500 })
    expect(await lab.run({ place })).toMatchObject({ reason: 'checks-failed' })
    expect(lab.scripts).toEqual([])
  })
})
