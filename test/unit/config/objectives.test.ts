import { describe, expect, test } from '@jest/globals'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import { FlowLab } from '../../support/flow-lab.js'
import { realAmbient } from '../../support/surroundings.js'
import { environmentOf, problemsOf, production, type Given } from './lab.js'

const SOURCE = 'metrics: { prometheus: { url: "https://p.example", preset: go } }'
const from = (...lines: readonly string[]): Given => ({ file: production('platform: { local: {} }', ...lines) })
const measured = (...lines: readonly string[]): Given => from(`judge: { ${SOURCE} }`, ...lines)

describe('objectives', () => {
  test('with their defaults, exact in their decimals', async () => {
    const { slo, triggers } = await environmentOf(measured('slo: { availability: 99.95%, latency: { target: 95%, slower-than: 300ms } }'))
    expect(slo).toEqual({ objectives: [{ name: 'availability', target: 0.9995 }, { name: 'latency', target: 0.95, slowerThanMs: 300 }], onSpent: 'refuse', onUnknown: 'warn' })
    expect(triggers?.sloBurn).toBe(true)
  })

  test('what follows is the user’s choice', async () => {
    expect((await environmentOf(measured('slo: { availability: 99.9%, on-spent: warn, on-unknown: refuse }'))).slo).toMatchObject({ onSpent: 'warn', onUnknown: 'refuse' })
  })

  test.each<[string, Given, readonly string[]]>([
    ['of nothing', measured('slo: {}'), ['config-invalid ecluse.yml:6:5: `environments.production.slo` is an empty mapping. Write `availability`, `latency` or both.']],
    ['that allow nothing', measured('slo: { availability: 100% }'), ['config-invalid ecluse.yml:6:12: `environments.production.slo.availability` is "100%". Write a share above 0% and below 100%, such as `99.9%`.']],
    ['that ask for nothing', measured('slo: { availability: 0.0% }'), ['config-invalid ecluse.yml:6:12: `environments.production.slo.availability` is "0.0%". Write a share above 0% and below 100%, such as `99.9%`.']],
    ['that nothing measures', from('slo: { availability: 99.9% }'), ['config-invalid ecluse.yml:5:5: `environments.production.slo` is measured by a Prometheus, and the counters come from `local`. Name one with `judge.metrics.prometheus`, or take `slo` out.']],
    ['without a histogram', from('judge: { metrics: { prometheus: { url: "https://p.example", preset: haproxy } } }', 'slo: { latency: { target: 95%, slower-than: 300ms } }'), ['config-invalid ecluse.yml:6:12: `environments.production.slo.latency` needs a histogram of durations, and the source has none. Name one with `judge.metrics.prometheus.latency`, or take `slo.latency` out.']],
  ])('%s are refused', async (_what, given, said) => {
    expect(await problemsOf(given)).toEqual(said)
  })
})

describe('triggers', () => {
  test('are on where they have something to look at', async () => {
    expect((await environmentOf(from())).triggers).toEqual({ resources: { restarts: 3, outOfMemory: true, written: false }, sloBurn: false })
    expect((await environmentOf(from('checks: [GET /]'))).triggers?.health).toEqual({ after: 3, everyMs: 10_000 })
  })

  test('are off or otherwise as they are written', async () => {
    const off = 'triggers: { health-check-failure: false, resource-exhaustion: false, slo-burn: false }'
    expect((await environmentOf(measured('checks: [GET /]', 'slo: { availability: 99.9% }', off))).triggers).toEqual({ sloBurn: false })
    const said = 'triggers: { health-check-failure: { after: 5 }, resource-exhaustion: { restarts: 1, out-of-memory: false, memory-slope: 20%/10m } }'
    expect((await environmentOf(from('checks: [GET /]', said))).triggers).toEqual({
      health: { after: 5, everyMs: 10_000 }, resources: { restarts: 1, outOfMemory: false, memory: { growth: 0.2, overMs: 600_000 }, written: true }, sloBurn: false,
    })
    expect((await environmentOf(from('triggers: { resource-exhaustion: true }'))).triggers?.resources?.written).toBe(true)
  })

  test('of the judge are its checks', async () => {
    const judged = async (...lines: readonly string[]): Promise<unknown> => {
      const { judge } = await environmentOf(from(...lines))
      return [judge.checks.map(({ name }) => name), judge.slowerThanMs]
    }
    const judge = 'judge: { errors: { ceiling: 1%, fail-above: +10% }, latency: { slower-than: 300ms } }'
    expect(await judged(judge)).toEqual([['errors', 'errors ceiling', 'latency'], 300])
    expect(await judged(judge, 'triggers: { high-error-rate: false }')).toEqual([['latency'], 300])
    expect(await judged(judge, 'triggers: { high-response-time: false, high-error-rate: true }')).toEqual([['errors', 'errors ceiling'], undefined])
  })

  test.each<[string, string, readonly string[]]>([
    ['nothing to check', 'health-check-failure: true', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.health-check-failure` has nothing to look at: the environment has no checks. Write some under `checks`, or take the trigger out.']],
    ['no objectives', 'slo-burn: true', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.slo-burn` has nothing to look at: the environment has no objectives. Write them under `slo`, or take the trigger out.']],
    ['nothing is slow', 'high-response-time: true', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.high-response-time` has nothing to look at: nothing says which requests are slow. Set `judge.latency.slower-than`, or take the trigger out.']],
    ['nothing is judged', 'high-error-rate: false', ['config-invalid ecluse.yml:5:5: `environments.production.triggers` leaves the judge nothing to judge by. Leave `high-error-rate` or `high-response-time` on, or set `rollout.strategy` to `blue-green` or `direct`.']],
    ['a word', 'health-check-failure: often', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.health-check-failure` is "often". Write `true`, `false` or a mapping, such as `{ after: 3, every: 10s }`.']],
    ['a slope without its time', 'resource-exhaustion: { memory-slope: 20% }', ['config-invalid ecluse.yml:5:40: `environments.production.triggers.resource-exhaustion.memory-slope` is "20%". Write a growth within a time, such as `20%/10m`.']],
    ['a slope over a time in which nobody looks often enough', 'resource-exhaustion: { memory-slope: 20%/1m }', ['config-invalid ecluse.yml:5:40: `environments.production.triggers.resource-exhaustion.memory-slope` is over 60s, in which memory is looked at too seldom to know a slope: it would never fire. Write 5m or more, such as `20%/10m`.']],
    ['complaints of two sources', 'user-complaints: { github-issues: {}, counter: { url: "https://s.example/n" } }', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.user-complaints` is a mapping of github-issues, counter. Write one of these at most: github-issues, sentry, counter.']],
    ['a name that nobody has', 'slo-bern: true', ['config-invalid ecluse.yml:5:17: `environments.production.triggers.slo-bern` is not a key that exists here. Did you mean `slo-burn`? It could be high-error-rate, high-response-time, business-metric, health-check-failure, resource-exhaustion, slo-burn, user-complaints.']],
  ])('%s', async (_what, written, said) => {
    expect(await problemsOf(from(`triggers: { ${written} }`))).toEqual(said)
  })
})

describe('rules as people say them', () => {
  const judgeOf = async (...lines: readonly string[]): Promise<unknown> => (await environmentOf(from(...lines))).judge

  test('are the judge’s own', async () => {
    expect(await judgeOf('judge: { error-rate-increase: 10%, response-time-increase: 20% }')).toEqual(await judgeOf('judge: { errors: { fail-above: +10% }, latency: { slower-than: 500ms, fail-above: +20% } }'))
    expect(await judgeOf('judge: { error-rate-increase: 10%, errors: { ceiling: 2% } }')).toEqual(await judgeOf('judge: { errors: { fail-above: +10%, ceiling: 2% } }'))
  })

  test('slow is what is written, else what the objective says', async () => {
    expect(await judgeOf('judge: { response-time-increase: 20%, latency: { slower-than: 250ms, warm-up: 0s } }')).toEqual(await judgeOf('judge: { latency: { slower-than: 250ms, warm-up: 0s, fail-above: +20% } }'))
    const { judge } = await environmentOf(from(`judge: { ${SOURCE}, response-time-increase: 20% }`, 'slo: { latency: { target: 95%, slower-than: 300ms } }'))
    expect(judge.slowerThanMs).toBe(300)
  })

  test('and the same said twice is a problem', async () => {
    expect(await problemsOf(from('judge: { error-rate-increase: 10%, response-time-increase: 20%, errors: { fail-above: +5% }, latency: { slower-than: 1s, fail-above: +5% } }'))).toEqual([
      'config-invalid ecluse.yml:5:14: `environments.production.judge.error-rate-increase` says the same as `judge.errors.fail-above`, which is there too. Keep one of the two.',
      'config-invalid ecluse.yml:5:40: `environments.production.judge.response-time-increase` says the same as `judge.latency.fail-above`, which is there too. Keep one of the two.',
    ])
    expect(await problemsOf(from('judge: { error-rate-increase: +10% }'))).toEqual(['config-invalid ecluse.yml:5:14: `environments.production.judge.error-rate-increase` is "+10%". Write an increase, such as `10%`.'])
    expect(await problemsOf(from('complaints: 5', 'triggers: { user-complaints: true }'))).toEqual([
      'config-invalid ecluse.yml:5:5: `environments.production.complaints` says the same as `triggers.user-complaints`, which is there too. Keep one of the two.',
    ])
  })
})

describe('complaints of users', () => {
  const complaintsOf = async (...lines: readonly string[]): Promise<unknown> => (await environmentOf(from(...lines))).triggers?.complaints
  const labelled = (moreThan: number, label = 'complaint'): object => ({ moreThan, source: { name: 'github-issues', label } })

  test.each<[string, unknown]>([
    ['complaints: 5', labelled(5)],
    ['complaints: 0', labelled(0)],
    ['triggers: { user-complaints: true }', labelled(5)],
    ['triggers: { user-complaints: { more-than: 3, github-issues: { label: bug } } }', labelled(3, 'bug')],
    ['triggers: { user-complaints: { counter: { url: "https://s.example/n?since={since}", json: open.count } } }', { moreThan: 5, source: { name: 'counter', url: 'https://s.example/n?since={since}', json: 'open.count' } }],
    ['triggers: { user-complaints: false }', undefined],
    ['checks: [GET /]', undefined],
  ])('%s', async (written, settled) => {
    expect(await complaintsOf(written)).toEqual(settled)
  })

  test('are a trigger of the delivery, asked before traffic moves', async () => {
    const environment = await environmentOf(from('triggers: { resource-exhaustion: false, user-complaints: { more-than: 3, counter: { url: "http://127.0.0.1:1/n" } } }'))
    const here = await new FlowLab().served('v0', 'v1')
    const { platform } = here.process().ports()
    const opened = await openTriggers(environment, realAmbient({ work: '', dist: '' }))({ arm: { name: 'candidate', identity: 'v2', labels: {} }, url: '', platform })
    expect(opened.map(({ name }) => name)).toEqual(['user-complaints'])
    await expect(opened[0]!.preflight()).rejects.toMatchObject({ code: 'trigger-unusable' })
  })

  test('as issues need a repository, which is said before anything has begun', async () => {
    const environment = await environmentOf(from('complaints: 5'))
    const { github: _, ...ambient } = { ...realAmbient({ work: '', dist: '' }), github: undefined }
    expect(() => openTriggers(environment, ambient)).toThrow('nothing says which one it is')
  })
})
