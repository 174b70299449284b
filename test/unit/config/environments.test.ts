import { expect, test } from '@jest/globals'
import { usualBackup } from '../../../core/domain/backup.js'
import { environmentOf, problemsOf, production } from './lab.js'

test('without a file, inputs and defaults say everything', async () => {
  const environment = await environmentOf({ inputs: { platform: 'local' } })
  expect(environment).toEqual({
    name: 'production', app: 'folder', state: '.ecluse', url: 'http://127.0.0.1:8080',
    platform: { name: 'local', port: 8080, sticky: false, drainMs: 10_000, keep: 5, healthPath: '/' },
    identity: { kind: 'header', path: '/', header: 'x-ecluse-version' },
    triggers: { resources: { restarts: 3, outOfMemory: true, written: false }, sloBurn: false },
    settings: {}, checks: [], degraded: 'warn', metrics: { name: 'local' }, objectives: { rpoMs: 86_400_000, rtoMs: 14_400_000 },
    rollout: { strategy: 'canary', weights: [5, 25, 50, 100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback', stepAtLeastMs: 60_000, stepAtMostMs: 600_000, decideWithinMs: 3_600_000, healthyWithinMs: 120_000, returnAfterMs: 120_000 },
    judge: { checks: [{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.0005 }, pass: { relative: 1.25, absolute: 0.005 }, warmupMs: 0 }], pollMs: 1000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100 },
  })
})

test('a file that was named must be there', async () => {
  expect(await problemsOf({ optional: false })).toEqual(['config-missing There is no file /checkout/ecluse.yml, which the input `config` names.'])
})

test('an environment that the file does not have is an error, unless inputs say where it runs', async () => {
  const file = 'environments: { production: {}, staging: {} }\n'
  expect(await problemsOf({ file, name: 'prodution' })).toEqual(['config-missing ecluse.yml:1:1: there is no environment `prodution`. Did you mean `production`? It has production, staging.'])
  expect(await problemsOf({ file: 'app: shop\n', name: 'x' })).toEqual(['config-missing ecluse.yml:1:1: there is no environment `x`. Add `environments.x`. The file has none.'])
  expect((await environmentOf({ file, name: 'elsewhere', inputs: { url: 'https://x.example' } })).url).toBe('https://x.example')
})

test('objectives: each has its own default, and is a duration', async () => {
  const file = (objectives: string): string => `environments: { production: { objectives: ${objectives} } }\n`
  expect((await environmentOf({ file: file('{ rto: 15m }') })).objectives).toEqual({ rpoMs: 86_400_000, rtoMs: 900_000 })
  expect(await problemsOf({ file: file('{ rpo: soon, rot: 1h }') })).toEqual(expect.arrayContaining([
    expect.stringContaining('`environments.production.objectives.rpo` is "soon"'),
    expect.stringContaining('`environments.production.objectives.rot` is not a key that exists here. Did you mean `rto`?'),
  ]))
})

test('extends: mappings are merged, lists and choices are replaced', async () => {
  const file = `
app: shop
environments:
  base:
    settings: { A: 1, B: 2 }
    checks: [GET /a, GET /b]
    rollout: { weights: [10, 100], step: { at-least: 5s } }
    migrate: { up: make migrate }
    backup: { database: x, store: { disk: { path: /base } } }
  staging: { extends: base, platform: { local: { port: 9001, keep: 2 } } }
  production:
    extends: staging
    settings: { B: 3 }
    checks: [GET /c]
    rollout: { step: { at-most: 1m } }
    migrate: { revision: make revision }
    platform: { local: { port: 9000 } }
    backup: { store: { disk: {} } }
`
  const found = await environmentOf({ file })
  expect(found.settings).toEqual({ A: '1', B: '3' })
  expect(found.checks.map(({ name }) => name)).toEqual(['GET /c'])
  expect(found.rollout).toMatchObject({ weights: [10, 100], stepAtLeastMs: 5000, stepAtMostMs: 60_000 })
  expect(found.migrate).toEqual({ up: 'make migrate', revision: 'make revision', in: 'runner', backwardCompatible: true, withinMs: 600_000 })
  expect(found.platform).toMatchObject({ port: 9000, keep: 2 })
  expect(found.backup).toEqual(usualBackup('x', { name: 'disk', path: '.ecluse/backups' }))
})

test('another platform takes the place of the whole one', async () => {
  const file = 'environments: { staging: { platform: { compose: { host: x } } }, production: { extends: staging, platform: { local: {} } } }\n'
  expect((await environmentOf({ file })).platform).toMatchObject({ name: 'local', port: 8080 })
})

test.each<[string, string, string]>([
  ['a circle', 'environments: { production: { extends: staging }, staging: { extends: production } }\n', '1:62: `environments.staging.extends` makes a circle: production → staging → production. Let one of them stand on its own.'],
  ['itself', 'environments: { production: { extends: production } }\n', '1:31: `environments.production.extends` makes a circle: production → production. Let one of them stand on its own.'],
  ['nobody', 'environments: { production: { extends: stagin }, staging: {} }\n', '1:31: `environments.production.extends` names "stagin", and there is no such environment. Did you mean `staging`?'],
  ['a number', 'environments: { production: { extends: 5 } }\n', '1:31: `environments.production.extends` is 5. Write a text that is not empty.'],
])('extends %s', async (_, file, said) => {
  expect(await problemsOf({ file })).toEqual([`config-invalid ecluse.yml:${said}`])
})

test('what is wrong is said where it is written, also when it was inherited', async () => {
  const file = 'identity: { get: 5, json: version }\nenvironments:\n  staging:\n    soak: soon\n  production:\n    extends: staging\n'
  expect((await problemsOf({ file })).map((one) => one.slice(0, 60))).toEqual([
    'config-invalid ecluse.yml:1:13: `identity.get` is 5. Write a',
    'config-invalid ecluse.yml:4:5: `environments.staging.soak` i',
  ])
})

test('of another environment only keys are looked at: it may need what is not here', async () => {
  const file = `environments:
  production: { platform: { local: {} } }
  staging: { platform: { compose: { host: x } }, backup: { database: "\${env:NOT_SET}" }, notify: { slack: {} } }
`
  expect(await problemsOf({ file })).toEqual([])
  expect(await problemsOf({ file: file.replace('notify', 'notfy') })).toEqual([expect.stringMatching(/^config-invalid ecluse\.yml:3:90: `environments\.staging\.notfy` is not a key that exists here\. Did you mean `notify`\?/)])
})

test('the judge: margins, ceilings and slow answers', async () => {
  const judge = async (written: string) => (await environmentOf({ file: production(`judge: ${written}`) })).judge
  expect((await judge('{ errors: { fail-above: +10% } }')).checks).toEqual([{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.0005 }, pass: { relative: 1.25, absolute: 0.005 }, warmupMs: 0 }])
  expect((await judge('{ errors: { fail-above: +0.5pp } }')).checks[0]).toMatchObject({ fail: { relative: 1, absolute: 0.005 }, pass: { relative: 1.25, absolute: 0.005 } })
  expect((await judge('{ errors: { fail-above: +50% +1pp } }')).checks[0]).toMatchObject({ fail: { relative: 1.5, absolute: 0.01 }, pass: { relative: 1.5, absolute: 0.01 } })
  expect((await judge('{ errors: { ceiling: 1% } }')).checks).toEqual([{ metric: 'errors', name: 'errors ceiling', fail: { relative: 0, absolute: 0.01 }, pass: { relative: 0, absolute: 0.01 }, warmupMs: 0 }])
  expect((await judge('{ errors: { fail-above: +10%, ceiling: 1% } }')).checks.map(({ name }) => name)).toEqual(['errors', 'errors ceiling'])
  const slow = await judge('{ latency: { slower-than: 300ms, fail-above: +20%, warm-up: 0s }, every: 2s, false-alarm: 0.5%, missed: 10%, min-requests: 50 }')
  expect(slow).toMatchObject({ slowerThanMs: 300, pollMs: 2000, alpha: 0.005, beta: 0.1, minCandidateRequests: 50 })
  expect(slow.checks.map(({ metric, warmupMs }) => [metric, warmupMs])).toEqual([['errors', 0], ['latency', 0]])
})

test('checks of either form mean the same', async () => {
  const { checks } = await environmentOf({ file: production('checks:', '  - { get: /health, json: { status: ok, n: 1 }, within: 500ms, header: { X-A: "*" } }', '  - GET /health json.status=ok json.n=1 within 500ms header.x-a=*') })
  expect(checks[0]?.expect).toEqual(checks[1]?.expect)
  const [posted] = (await environmentOf({ file: production('checks: [{ post: /buy, name: buy, body: "{}", headers: { accept: text/html }, status: [200, 201], contains: ok, tls: 14d, health: true }]') })).checks
  expect(posted).toEqual({ name: 'buy', method: 'POST', path: '/buy', body: '{}', headers: { accept: 'text/html' }, expect: { status: [200, 201], contains: ['ok'], json: {}, header: {}, tlsDays: 14, health: true } })
})
