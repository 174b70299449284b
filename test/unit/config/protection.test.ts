import { describe, expect, test } from '@jest/globals'
import { loadEnvironments } from '../../../core/config/load-all.js'
import { InputError } from '../../../core/errors/families.js'
import { environmentOf, problemsOf, production } from './lab.js'

const all = async (file: string | undefined, given: { readonly name?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Awaited<ReturnType<typeof loadEnvironments>>> =>
  loadEnvironments({ files: { textIfThere: async () => file }, path: '/checkout/ecluse.yml', shownAs: 'ecluse.yml', optional: true, overrides: {}, env: given.env ?? {}, fallbackApp: 'shop', name: given.name ?? '', only: ['protection', 'variables', 'secrets'] })

const told = async (file: string | undefined): Promise<readonly string[]> => {
  try {
    await all(file)
    return []
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems.map(({ message }) => message)
    throw thrown
  }
}

test('a key that does not exist is told, also where other keys are left aside: a slip must not take a gate away', async () => {
  expect(await told(production('protecton: { reviewers: [alice] }', 'platform: { nowhere: {} }'))).toEqual([expect.stringContaining('`environments.production.protecton` is not a key that exists here')])
})

test('the whole of it, as the domain knows it', async () => {
  const file = production('protection:', '  reviewers: [alice, team/ops]', '  wait: 1h30m', '  self-review: false', '  branches: [main, "release/*"]', '  tags: ["v*"]', '  rules: [my-gate]', 'variables: { region: eu-west-1, REPLICAS: 6, DEBUG: false }', 'secrets: [DATABASE_URL]')
  expect(await environmentOf({ file })).toMatchObject({
    protection: { reviewers: ['alice', 'team/ops'], waitMinutes: 90, selfReview: false, refs: { kind: 'patterns', branches: ['main', 'release/*'], tags: ['v*'] }, rules: ['my-gate'] },
    variables: { REGION: 'eu-west-1', REPLICAS: '6', DEBUG: 'false' },
  })
})

test.each([
  ['branches: all', { kind: 'all' }],
  ['branches: protected', { kind: 'protected' }],
  ['{ branches: protected, tags: [] }', { kind: 'protected' }],
  ['branches: [main]', { kind: 'patterns', branches: ['main'], tags: [] }],
  ['tags: ["v*"]', { kind: 'patterns', branches: [], tags: ['v*'] }],
  ['tags: []', undefined],
  ['wait: 0m', undefined],
])('%s', async (written, refs) => {
  const file = written.startsWith('{') ? production(`protection: ${written}`) : production('protection:', `  ${written}`)
  expect((await environmentOf({ file })).protection?.refs).toEqual(refs)
})

test('what is not written is not managed, not set to a default', async () => {
  const found = await environmentOf({ file: production('protection: { wait: 30d }') })
  expect(found.protection).toEqual({ waitMinutes: 43_200 })
  expect(Object.keys(found)).not.toEqual(expect.arrayContaining(['variables']))
})

test('`extends` brings the base along: mappings are merged, lists replaced', async () => {
  const file = `environments:
  staging: { protection: { reviewers: [alice], wait: 5m }, variables: { A: 1, B: 2 } }
  production: { extends: staging, protection: { reviewers: [bob, team/ops] }, variables: { B: 3 } }
`
  const [, found] = await all(file)
  expect(found).toMatchObject({ name: 'production', protection: { reviewers: ['bob', 'team/ops'], waitMinutes: 5 }, variables: { A: '1', B: '3' } })
})

describe('refused, with its place:', () => {
  test.each([
    ['protection: { reviewers: [a, b, c, d, e, f, g] }', /protection\.reviewers.*at most 6/],
    ['protection: { reviewers: [alice, Alice] }', /protection\.reviewers.*each reviewer once/],
    ['protection: { reviewers: ["ops/team"] }', /protection\.reviewers\.0` is "ops\/team"\. Write a login/],
    ['protection: { wait: 90s }', /protection\.wait` is "90s"\. Write whole minutes from `0m` to `30d`/],
    ['protection: { wait: 31d }', /protection\.wait` is "31d"/],
    ['protection: { wait: 10 }', /protection\.wait` is 10\. Write a duration/],
    ['protection: { branches: some }', /protection\.branches` is "some"\. Write `all` or `protected`/],
    ['protection: { branches: [main, main] }', /protection\.branches.*each pattern once/],
    ['protection: { branches: [refs/heads/main] }', /branches\.0` is "refs\/heads\/main".*without `refs/],
    ['protection: { branches: [] }', /protection\.branches` is empty and there are no `tags`/],
    ['protection: { branches: protected, tags: ["v*"] }', /protection\.tags` stands beside `branches: protected`/],
    ['protection: { reviewers: [], self-review: false }', /protection\.self-review` is `false` where `reviewers` is empty/],
    ['protection: { rules: [My_App] }', /protection\.rules\.0.*slug of a GitHub App/],
    ['protection: { reviewer: [alice] }', /Did you mean `reviewers`/],
    ['variables: { GITHUB_X: 1 }', /begins with neither `GITHUB_`/],
    ['variables: { A: 1, a: 2 }', /each name once/],
    ['variables: { BIG: "${env:BIG}" }', /at most 48 KB/],
    ['variables: { A: [1] }', /`environments\.production\.variables\.A`/],
    ['variables: { A: "${env:TOKEN}" }', /`environments\.production\.variables\.A` holds a GitHub token, and variables are there for everybody to read/],
  ])('%s', async (line, problem) => {
    const env = { BIG: 'x'.repeat(50_000), TOKEN: `ghp_${'a'.repeat(36)}` }
    const found = await problemsOf({ file: production(line), env })
    expect(found).toEqual([expect.stringMatching(problem)])
    expect(found[0]).toMatch(/^config-invalid ecluse\.yml:4:\d+: /)
    expect(found.join()).not.toContain(env.TOKEN)
  })
})

describe('all environments of a file', () => {
  const file = `app: shop
environments:
  staging: { url: "\${env:NOT_SET}", platform: { ecs: {} }, protection: { wait: 90s } }
  production: { backup: { database: "\${env:DATABASE_URL}" }, variables: { A: "\${env:REGION}" }, protection: { wait: 91s } }
`

  test('are loaded in its order, without what nobody looks at; their problems come together', async () => {
    expect(await told(file.replace('REGION', 'ALSO_NOT_SET'))).toEqual([
      expect.stringMatching(/:3:\d+: `environments\.staging\.protection\.wait`/),
      expect.stringMatching(/needs the environment variable `ALSO_NOT_SET`/),
      expect.stringMatching(/:4:\d+: `environments\.production\.protection\.wait`/),
    ])
    const good = await all(file.replaceAll(/9[01]s/g, '9m'), { env: { REGION: 'eu' } })
    expect(good.map(({ name, protection, variables }) => [name, protection, variables])).toEqual([['staging', { waitMinutes: 9 }, undefined], ['production', { waitMinutes: 9 }, { A: 'eu' }]])
    expect(await all(file.replace('91s', '1m'), { name: 'production', env: { REGION: 'eu' } })).toHaveLength(1)
  })

  test.each([
    ['no file', undefined, /There is no file/],
    ['none in it', 'app: shop\n', /there are no environments/],
    ['no YAML', 'a: [', /ecluse\.yml:1/],
    ['no mapping', '- a\n', /not a mapping/],
  ])('%s', async (_, text, problem) => {
    expect(await told(text)).toEqual([expect.stringMatching(problem)])
  })
})
