import { afterEach, describe, expect, test } from '@jest/globals'
import { openLab, rowsOf, WHOLE, type Lab } from './lab.js'

let lab: Lab
const opened = async (...args: Parameters<typeof openLab>): Promise<Lab> => {
  lab = await openLab(...args)
  return lab
}
afterEach(() => lab.close())

describe('cut off at any call', () => {
  /** Calls of a whole `apply`, none of them failing. */
  const callsOf = async (file: string): Promise<number> => {
    const { fake, run } = await opened()
    await run('apply', file)
    await fake.close()
    return fake.calls.length
  }

  /** The so many-th call is carried out or not and never answered, and every later one fails. */
  const cutAt = (given: Lab, nth: number, carriedOut: boolean): void => {
    let seen = 0
    given.fake.inject({ match: { when: () => (seen += 1) >= nth }, fault: { drop: 'before' } })
    if (carriedOut) given.fake.inject({ match: { nth }, fault: { drop: 'after' } })
  }

  test.each([['before it was carried out', false], ['after it was carried out', true]])('%s: what is left behind is finished by the next apply', async (_, carriedOut) => {
    const calls = await callsOf(WHOLE)
    expect(calls).toBeGreaterThan(20)
    const ends: string[] = []
    for (let nth = 1; nth <= calls; nth += 1) {
      const { fake, run } = await opened({ limit: 100_000 })
      cutAt(lab, nth, carriedOut)
      ends.push(await run('apply', WHOLE).then(({ reason }) => reason, (thrown: { code?: string }) => String(thrown.code)))
      fake.calm()
      const again = await run('apply', WHOLE)
      expect({ nth, reason: again.reason, ok: again.ok }).toEqual({ nth, reason: expect.stringMatching(/^(applied|in-step)$/), ok: true })
      expect({ nth, ...(await run('check', WHOLE)).outputs }).toMatchObject({ nth, differences: '0' })
      await fake.close()
    }
    // Before anything was written it is a fault, later it is told what was.
    expect(new Set(ends)).toEqual(new Set(['network-failed', 'incomplete']))
  }, 240_000)

  test('tells what was written, what stopped it, and how to go on', async () => {
    const { fake, run } = await opened()
    fake.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies' }, fault: { status: 500 } })
    const stopped = await run('apply', WHOLE)
    expect(stopped).toMatchObject({ ok: false, reason: 'incomplete', outputs: { changed: '5' } })
    expect(stopped.message).toMatch(/^5 changes were written, then: Could not let branch `main` deploy to `production`: GitHub answered 500.*Run it again to finish\.$/)
    expect(rowsOf(stopped, 'What was written').at(-1)).toEqual(['5', 'Put the app `my-gate` before `production`'])
  })

  test('by a cancel: it stops at once and says so', async () => {
    const cancel = new AbortController()
    const { fake, run } = await opened({ signal: cancel.signal })
    fake.inject({ match: { method: 'PUT', nth: 2, when: ({ method }) => {
      if (method === 'PUT') setTimeout(() => cancel.abort(), 20)
      return true
    } }, fault: { hang: 'before' } })
    await expect(run('apply', WHOLE)).rejects.toMatchObject({ code: 'aborted' })
    expect(fake.state.all('environments').map(({ id }) => id)).toEqual(['staging'])
  })
})

describe('reads that are behind', () => {
  test('are read again, not written again', async () => {
    const { fake, run } = await opened()
    fake.addEnvironment({ name: 'staging' })
    fake.addEnvironment({ name: 'production' })
    // Two before anything is written, two rounds of two afterwards.
    fake.lag({ match: { method: 'GET', route: '/repos/{owner}/{repo}/environments/{environment_name}/variables' }, reads: 6 })
    expect(await run('apply', WHOLE)).toMatchObject({ ok: true, reason: 'applied', outputs: { changed: '9' } })
    expect(fake.calls.filter(({ method }) => method !== 'GET')).toHaveLength(9)
  })

  test('a write that GitHub takes and does not keep is not called applied', async () => {
    const { fake, run } = await opened()
    fake.addEnvironment({ name: 'staging' })
    fake.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/environments/{environment_name}/variables' }, fault: { status: 201, body: {} } })
    const done = await run('apply', 'environments: { staging: { variables: { A: b } } }')
    expect(done).toMatchObject({ ok: false, reason: 'unsettled', message: expect.stringContaining('staging variables.A: not there → b') })
    expect(rowsOf(done, 'What still differs')).toEqual([['staging', 'variables.A', 'not there', 'b']])
  })
})

describe('a token that may not', () => {
  const workflow = { actions: 'read', contents: 'read', deployments: 'write' } as const

  test.each([['apply', 'environments: { staging: {} }'], ['plan', 'environments: { staging: {} }']] as const)('%s says that GITHUB_TOKEN never may, and how a token is made that does', async (mode, file) => {
    const { fake, problems } = await opened({ token: 'ghs_workflow' })
    fake.addEnvironment({ name: 'staging' })
    fake.tokens.set('ghs_workflow', { permissions: workflow })
    const [told] = await problems(mode, file)
    expect(told).toMatch(/^github-permission Could not list the variables of `staging`: .*`GITHUB_TOKEN` can never manage environments.*fine-grained personal access token.*Administration: write.*ENVIRONMENTS_TOKEN.*input `token`\.$/)
  })

  test('may look and not write: nothing is written, and the same is said', async () => {
    const { fake, problems } = await opened({ token: 'ghs_reader' })
    fake.tokens.set('ghs_reader', { permissions: { actions: 'read', environments: 'read', contents: 'read' } })
    expect(await problems('apply', WHOLE)).toEqual([expect.stringMatching(/^github-permission Could not write the settings of `staging`: .*GITHUB_TOKEN/)])
    expect(fake.state.all('environments')).toEqual([])
  })
})

describe('what GitHub would refuse', () => {
  test('is told before anything is written, all of it at once', async () => {
    const { fake, problems } = await opened()
    fake.addEnvironment({ name: 'production' })
    for (let index = 0; index < 60; index += 1) fake.setVariable('production', `OLD_${index}`, 'x')
    const many = Array.from({ length: 60 }, (_, index) => `NEW_${index}: x`).join(', ')
    const file = `environments:
  staging:
    protection: { self-review: false, rules: [my-gatte] }
  production:
    protection: { reviewers: [alice, mallory, nobody-here, team/oops], rules: [absent] }
    variables: { ${many} }
`
    fake.forget()
    expect(await problems('apply', file)).toEqual([
      expect.stringMatching(/`environments\.staging\.protection\.self-review` is `false`, and nobody is asked/),
      expect.stringMatching(/`environments\.staging\.protection\.rules` names "my-gatte".*use one of my-gate, other-gate/),
      expect.stringMatching(/`environments\.production\.protection\.reviewers` names "mallory": they have no access to acme\/shop/),
      expect.stringMatching(/names "nobody-here": GitHub has no such user/),
      expect.stringMatching(/names "team\/oops": acme has no such team/),
      expect.stringMatching(/`environments\.production\.protection\.rules` names "absent"/),
      expect.stringMatching(/`environments\.production\.variables` and the 60 that stay would be more than 100.*`prune: true`/),
    ])
    expect(fake.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('a plan without these gates is named, with the way out', async () => {
    const { fake, problems } = await opened()
    Object.assign(fake.state.settings, { private: true, plan: 'team' })
    expect(await problems('apply', 'environments: { production: { protection: { reviewers: [alice] } } }')).toEqual([
      expect.stringMatching(/^github-refused Could not write the settings of `production`: GitHub answered 422: ".*billing plan.*" ?\.? ?In private repositories reviewers, wait timers and custom rules need GitHub Enterprise/),
    ])
    expect(await problems('apply', 'environments: { production: { protection: { branches: [main] } } }')).toEqual([])
  })

  test('a rule of an app that is not installed, before a first environment could be asked, leaves what can be finished', async () => {
    const { run } = await opened()
    const file = (app: string): string => `environments: { production: { protection: { rules: [${app}] } } }`
    expect(await run('apply', file('absent'))).toMatchObject({ ok: false, reason: 'incomplete', message: expect.stringContaining('no app of that slug') })
    expect(await run('apply', file('my-gate'))).toMatchObject({ ok: true, reason: 'applied' })
  })
})

describe('an environment that is not shown whole', () => {
  const ONE = '/repos/{owner}/{repo}/environments/{environment_name}'
  const FILE = 'environments: { production: { protection: { wait: 10m } } }'
  const guarded = { id: 1, name: 'production', protection_rules: [], deployment_branch_policy: null }

  test.each<[string, object]>([
    ['without its rules', { ...guarded, protection_rules: undefined }],
    ['with reviewers that are not named', { ...guarded, protection_rules: [{ id: 1, node_id: 'x', type: 'required_reviewers', prevent_self_review: true }] }],
    ['with a timer of unknown length', { ...guarded, protection_rules: [{ id: 1, node_id: 'x', type: 'wait_timer' }] }],
    ['with branches that are guarded, and not how', { ...guarded, protection_rules: [{ id: 1, node_id: 'x', type: 'branch_policy' }] }],
  ])('%s: is not written, for that would take away what is not seen', async (_, body) => {
    const { fake, run } = await opened()
    fake.addEnvironment({ name: 'production' })
    fake.inject({ match: { method: 'GET', route: ONE }, fault: { status: 200, body } })
    await expect(run('apply', FILE)).rejects.toMatchObject({ code: 'github-refused', message: expect.stringContaining('production') })
    expect(fake.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  test('but listed, is not taken for one that is not there', async () => {
    const { fake, run } = await opened()
    fake.addEnvironment({ name: 'Production' })
    fake.inject({ match: { method: 'GET', route: ONE }, fault: { status: 404, body: { message: 'Not Found' } } })
    await expect(run('apply', FILE, { environment: 'production' })).rejects.toMatchObject({ code: 'github-permission', message: expect.stringContaining('does not show it to the token') })
    expect(fake.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
