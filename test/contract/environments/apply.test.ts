import { afterEach, describe, expect, test } from '@jest/globals'
import { openLab, rowsOf, WHOLE, type Lab } from './lab.js'

let lab: Lab
const opened = async (...args: Parameters<typeof openLab>): Promise<Lab> => {
  lab = await openLab(...args)
  return lab
}
afterEach(() => lab.close())

const writes = ({ fake }: Lab): readonly string[] => fake.calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path.split('?')[0]!.replace(/^.*\/shop\//, '')}`)

describe('a new repository', () => {
  test('plan tells everything and changes nothing, apply makes it so and reads it back, then nothing differs', async () => {
    const { fake, run } = await opened()
    const planned = await run('plan', WHOLE)
    expect(planned).toMatchObject({ ok: true, reason: 'planned', outputs: { differences: '12', changed: '0', unmanaged: '0' } })
    expect(rowsOf(planned, 'What differs')).toEqual([
      ['staging', 'environment', 'not there', 'there'],
      ['staging', 'variables.REGION', 'not there', 'eu-west-1'],
      ['staging', 'variables.REPLICAS', 'not there', '2'],
      ['production', 'environment', 'not there', 'there'],
      ['production', 'protection.reviewers', 'nobody', 'alice, team/ops'],
      ['production', 'protection.wait', '0m', '10m'],
      ['production', 'protection.self-review', 'true', 'false'],
      ['production', 'protection.branches', 'all', 'main, release/*'],
      ['production', 'protection.tags', 'all', 'v*'],
      ['production', 'protection.rules.my-gate', 'not there', 'enabled'],
      ['production', 'variables.REGION', 'not there', 'eu-west-1'],
      ['production', 'variables.REPLICAS', 'not there', '6'],
    ])
    expect(fake.state.all('environments')).toEqual([])
    expect(await run('check', WHOLE)).toMatchObject({ ok: false, reason: 'drift', outputs: { differences: '12' } })

    fake.forget()
    const applied = await run('apply', WHOLE)
    expect(applied).toMatchObject({ ok: true, reason: 'applied', outputs: { differences: '12', changed: '10' } })
    expect(rowsOf(applied, 'What was written')).toHaveLength(10)
    expect(writes(lab)).toEqual([
      'PUT environments/staging', 'POST environments/staging/variables', 'POST environments/staging/variables',
      'PUT environments/production', 'POST environments/production/deployment_protection_rules',
      'POST environments/production/deployment-branch-policies', 'POST environments/production/deployment-branch-policies', 'POST environments/production/deployment-branch-policies',
      'POST environments/production/variables', 'POST environments/production/variables',
    ])
    expect(fake.state.get('environments', 'production')).toMatchObject({ waitTimer: 10, preventSelfReview: true, branchPolicy: { protected_branches: false, custom_branch_policies: true }, reviewers: [{ type: 'User' }, { type: 'Team' }] })
    expect(fake.variable('production', 'REPLICAS')).toBe('6')

    fake.forget()
    expect(await run('apply', WHOLE)).toMatchObject({ ok: true, reason: 'in-step', outputs: { differences: '0', changed: '0' } })
    expect(writes(lab)).toEqual([])
    expect(await run('check', WHOLE)).toMatchObject({ ok: true, reason: 'in-step' })
    expect(await run('plan', WHOLE)).toMatchObject({ ok: true, reason: 'in-step' })
  })

  test('one environment alone leaves the others, and says nothing of strangers', async () => {
    const { fake, run } = await opened()
    fake.addEnvironment({ name: 'preview' })
    expect(await run('apply', WHOLE, { environment: 'staging' })).toMatchObject({ reason: 'applied', outputs: { unmanaged: '0' } })
    expect(fake.state.all('environments').map(({ id }) => id).toSorted()).toEqual(['preview', 'staging'])
    const all = await run('plan', WHOLE)
    expect(rowsOf(all, 'Not managed')).toEqual([['preview', 'environment', 'there']])
  })
})

describe('what the file does not name', () => {
  const file = (...lines: readonly string[]): string => `environments:\n  production:\n${lines.map((line) => `    ${line}\n`).join('')}`

  test('survives a write: the replacement carries it, and it is told', async () => {
    const { fake, run } = await opened()
    const bob = fake.state.get('users', 'bob')!.number
    fake.addEnvironment({ name: 'production', waitTimer: 30, preventSelfReview: true, reviewers: [{ type: 'User', id: bob }], branchPolicy: { protected_branches: false, custom_branch_policies: true }, policies: [{ name: 'main' }, { name: 'v*', type: 'tag' }], rules: [fake.state.all('apps')[0]!.id] })
    fake.setVariable('production', 'OTHER', 'x')
    fake.setVariable('production', 'ECLUSE_ROTATION_KEY', '{}')
    fake.setSecret('production', 'SPARE', 'x')
    fake.setSecret('production', 'NEEDED', 'x')
    const done = await run('apply', file('protection: { wait: 1h }', 'secrets: [NEEDED]'))
    expect(done).toMatchObject({ reason: 'applied', outputs: { changed: '1' } })
    expect(fake.state.get('environments', 'production')).toMatchObject({ waitTimer: 60, preventSelfReview: true, reviewers: [{ type: 'User', id: bob }], branchPolicy: { custom_branch_policies: true } })
    expect(fake.state.all('branchPolicies')).toHaveLength(2)
    expect(rowsOf(done, 'Not managed').map(([, setting, is]) => `${setting} ${is}`)).toEqual([
      'protection.reviewers bob', 'protection.self-review false', 'protection.branches main', 'protection.tags v*', 'protection.rules.my-gate enabled', 'variables.OTHER x', 'secrets.SPARE there',
    ])
  })

  test('goes with `prune` from the lists that the file has, and from those alone; secrets and marks never', async () => {
    const { fake, run } = await opened()
    const [mine, other] = fake.state.all('apps')
    fake.addEnvironment({ name: 'production', waitTimer: 30, rules: [mine!.id, other!.id] })
    fake.setVariable('production', 'OTHER', 'x')
    fake.setVariable('production', 'ECLUSE_ROTATION_KEY', '{}')
    fake.setSecret('production', 'SPARE', 'x')
    expect(await run('apply', file('protection: { rules: [my-gate] }'), { prune: true })).toMatchObject({ reason: 'applied', outputs: { changed: '1' } })
    expect(fake.state.all('protectionRules').map(({ app }) => app)).toEqual([mine!.id])
    expect(fake.variable('production', 'OTHER')).toBe('x')
    expect(fake.state.get('environments', 'production')!.waitTimer).toBe(30)
    expect(await run('apply', file('variables: {}'), { prune: true })).toMatchObject({ reason: 'applied', outputs: { changed: '1' } })
    expect(fake.state.all('variables').map(({ name }) => name)).toEqual(['ECLUSE_ROTATION_KEY'])
    expect(fake.state.all('secrets').map(({ name }) => name)).toEqual(['SPARE'])
    expect(fake.state.all('protectionRules')).toHaveLength(1)
  })

  test('secrets that are named and not there fail apply and check, whatever else was written', async () => {
    const { fake, run } = await opened()
    const asked = file('variables: { A: b }', 'secrets: [DATABASE_URL, API_KEY]')
    expect(await run('apply', asked)).toMatchObject({ ok: false, reason: 'secret-missing', message: expect.stringContaining('`DATABASE_URL` of `production`, `API_KEY` of `production`: set them'), outputs: { changed: '2' } })
    fake.setSecret('production', 'DATABASE_URL', 'x')
    expect(rowsOf(await run('check', asked), 'What differs')).toEqual([['production', 'secrets.API_KEY', 'not there', 'there']])
    fake.setSecret('production', 'API_KEY', 'x')
    expect(await run('check', asked)).toMatchObject({ ok: true, reason: 'in-step' })
  })
})

describe('branches and tags', () => {
  const file = (protection: string): string => `environments:\n  production:\n    protection: ${protection}\n`
  const ways = ['{ branches: all }', '{ branches: protected }', '{ branches: [main] }', '{ branches: ["release/*", main], tags: ["v*"] }', '{ tags: ["v1.*"] }', '{ branches: ["release/*"], tags: [] }']

  test.each(ways.flatMap((from) => ways.filter((to) => to !== from).map((to) => [from, to] as const)))('from %s to %s', async (from, to) => {
    const { run } = await opened()
    expect(await run('apply', file(from))).toMatchObject({ reason: 'applied' })
    const planned = await run('plan', file(to))
    expect(planned).toMatchObject({ reason: 'planned' })
    expect(await run('apply', file(to))).toMatchObject({ reason: 'applied', outputs: { differences: planned.outputs.differences } })
    expect(await run('check', file(to))).toMatchObject({ reason: 'in-step' })
  })
})

test('more than a page of environments, patterns and variables is read whole', async () => {
  const { fake, run } = await opened({ limit: 100_000 })
  for (let index = 0; index < 230; index += 1) fake.addEnvironment({ name: `preview-${index}` })
  const names = Array.from({ length: 120 }, (_, index) => `branch-${index}`)
  fake.addEnvironment({ name: 'production', branchPolicy: { protected_branches: false, custom_branch_policies: true }, policies: names.map((name) => ({ name })) })
  const variables = Array.from({ length: 100 }, (_, index) => `V${index}`)
  for (const name of variables) fake.setVariable('production', name, 'x')
  const file = `environments:\n  production:\n    protection: { branches: [${names.join(', ')}] }\n    variables: { ${variables.map((name) => `${name}: x`).join(', ')} }\n`
  expect(await run('check', file)).toMatchObject({ ok: true, reason: 'in-step', outputs: { unmanaged: '230' } })
})
