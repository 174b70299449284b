import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import nacl from 'tweetnacl'
import { seal } from 'tweetnacl-sealedbox-js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

interface Got {
  readonly status: number
  // The shape of each answer is the description's; the fake itself has checked it.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
  readonly headers: Headers
}

const R = '/repos/acme/shop'
const DEPLOY = { ref: 'main', environment: 'staging', auto_merge: false, required_contexts: [] }

let now: number
let fake: FakeGitHub

const ask = async (method: string, path: string, body?: unknown, { token = 'ghs_fake', headers = {} }: { readonly token?: string; readonly headers?: Record<string, string> } = {}): Promise<Got> => {
  const answer = await fetch(`${fake.url}${path}`, {
    method, redirect: 'manual', headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text }
}
const get = (path: string, headers: Record<string, string> = {}): Promise<Got> => ask('GET', `${R}${path}`, undefined, { headers })
const post = (path: string, body: unknown = {}): Promise<Got> => ask('POST', `${R}${path}`, body)
const put = (path: string, body: unknown = {}): Promise<Got> => ask('PUT', `${R}${path}`, body)
const remove = (path: string, body?: unknown): Promise<Got> => ask('DELETE', `${R}${path}`, body)
const deploy = async (more: Record<string, unknown> = {}): Promise<number> => (await post('/deployments', { ...DEPLOY, ...more })).body.id
const states = async (id: number): Promise<readonly string[]> => (await get(`/deployments/${id}/statuses`)).body.map(({ state }: { state: string }) => state)
/** What was meant to be wrong. */
const takeFaults = (): readonly string[] => fake.faults.splice(0)

beforeEach(async () => {
  now = Date.UTC(2026, 2, 14, 14, 5)
  fake = await startGitHub({ now: () => now })
})
afterEach(async () => {
  await fake.close()
  if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
})

describe('deployments', () => {
  test('have rising ids, newest first, and their environment comes into being', async () => {
    const ids = [await deploy(), await deploy({ environment: 'production' }), await deploy({ payload: 'text', task: 'ecluse:lease' })]
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect((await get('/deployments')).body.map(({ id }: { id: number }) => id)).toEqual(ids.toReversed())
    expect((await get('/deployments?environment=staging&task=deploy')).body).toHaveLength(1)
    expect((await get(`/deployments?sha=${fake.head()}&ref=main`)).body).toHaveLength(3)
    expect((await get('/deployments?ref=other')).body).toEqual([])
    expect((await get('/environments')).body).toMatchObject({ total_count: 2, environments: [{ name: 'production' }, { name: 'staging' }] })
    expect((await get(`/deployments/${ids[1]}`)).body).toMatchObject({ production_environment: true, original_environment: 'production', created_at: '2026-03-14T14:05:00Z', creator: { login: 'github-actions[bot]' } })
  })

  test('of an unknown ref are refused; a tag, a branch and a SHA are known', async () => {
    expect(await post('/deployments', { ...DEPLOY, ref: 'nowhere' })).toMatchObject({ status: 422, body: { message: 'No ref found for: nowhere' } })
    const [sha] = fake.addCommits(1)
    fake.state.put('refs', { id: 'refs/tags/v1', sha: sha! })
    for (const ref of ['v1', sha, sha!.slice(0, 8), 'main']) expect((await post('/deployments', { ...DEPLOY, ref })).body.sha).toBe(sha)
  })

  test('merge a branch that is behind instead of deploying it, unless told not to', async () => {
    fake.addCommits(1, 'topic')
    fake.addCommits([{ files: { 'new.txt': 'x' } }])
    const merged = await post('/deployments', { ref: 'topic', environment: 'staging', required_contexts: [] })
    expect(merged).toMatchObject({ status: 202, body: { message: 'Auto-merged main into topic on deployment.' } })
    expect(fake.state.all('deployments')).toEqual([])
    expect(fake.files('topic')).toContain('new.txt')
    expect((await post('/deployments', { ref: 'topic', environment: 'staging', required_contexts: [] })).status).toBe(201)
  })

  test('want every context green, or those that are named', async () => {
    const sha = fake.head()
    await post(`/statuses/${sha}`, { state: 'success', context: 'lint' })
    await post(`/statuses/${sha}`, { state: 'failure', context: 'slow' })
    const { required_contexts: _, ...all } = DEPLOY
    expect(await post('/deployments', all)).toMatchObject({ status: 409, body: { errors: [{ contexts: [{ context: 'slow', state: 'failure' }] }] } })
    expect((await post('/deployments', { ...all, required_contexts: ['lint'] })).status).toBe(201)
    expect((await post('/deployments', { ...all, required_contexts: ['audit'] })).status).toBe(409)
    await post(`/statuses/${sha}`, { state: 'success', context: 'slow' })
    expect((await post('/deployments', all)).status).toBe(201)
  })

  test('are deleted only when they are not active, or are the only one', async () => {
    const first = await deploy()
    expect((await remove(`/deployments/${first}`)).status).toBe(204)
    const [second, third] = [await deploy(), await deploy()]
    expect(await remove(`/deployments/${second}`)).toMatchObject({ status: 422, body: { message: expect.stringContaining('active deployment') } })
    await post(`/deployments/${second}/statuses`, { state: 'success' })
    expect((await remove(`/deployments/${second}`)).status).toBe(422)
    await post(`/deployments/${second}/statuses`, { state: 'inactive' })
    expect((await remove(`/deployments/${second}`)).status).toBe(204)
    expect((await get(`/deployments/${second}`)).status).toBe(404)
    expect((await get(`/deployments/${second}/statuses`)).status).toBe(404)
    expect((await remove(`/deployments/${third}`)).status).toBe(204)
  })
})

describe('statuses of deployments', () => {
  test('a success makes earlier ones inactive, but no production and no transient one', async () => {
    const [plain, transient, newer] = [await deploy(), await deploy({ transient_environment: true }), await deploy()]
    const [live, next] = [await deploy({ environment: 'production' }), await deploy({ environment: 'production' })]
    for (const id of [plain, transient, newer, live, next]) expect((await post(`/deployments/${id}/statuses`, { state: 'success' })).status).toBe(201)
    expect(await states(plain)).toEqual(['inactive', 'success'])
    expect([await states(transient), await states(newer), await states(live), await states(next)]).toEqual([['success'], ['success'], ['success'], ['success']])
    const last = await deploy()
    await post(`/deployments/${last}/statuses`, { state: 'success', auto_inactive: false })
    expect(await states(newer)).toEqual(['success'])
  })

  test('are listed newest first; the log address is the target, too', async () => {
    const id = await deploy()
    await post(`/deployments/${id}/statuses`, { state: 'in_progress', log_url: 'https://ci.test/1', environment_url: 'https://shop.test' })
    await post(`/deployments/${id}/statuses`, { state: 'failure', environment: 'elsewhere' })
    await post(`/deployments/${id}/statuses`, { state: 'error' })
    expect(await states(id)).toEqual(['error', 'failure', 'in_progress'])
    const list = (await get(`/deployments/${id}/statuses`)).body
    expect(list[2]).toMatchObject({ log_url: 'https://ci.test/1', target_url: 'https://ci.test/1', environment_url: 'https://shop.test', environment: 'staging' })
    expect(list[0].environment).toBe('elsewhere')
    expect((await get(`/deployments/${id}/statuses/${list[0].id}`)).body.state).toBe('error')
    expect((await get(`/deployments/${id}/statuses/1`)).status).toBe(404)
  })

  test('have at most 140 characters, however many bytes those are, and a known state', async () => {
    const id = await deploy()
    expect((await post(`/deployments/${id}/statuses`, { state: 'success', description: 'é'.repeat(140) })).status).toBe(201)
    expect(await post(`/deployments/${id}/statuses`, { state: 'success', description: 'x'.repeat(141) })).toMatchObject({ status: 422, body: { errors: [{ field: 'description' }] } })
    expect((await post(`/deployments/${id}/statuses`, { state: 'promoted' })).status).toBe(422)
    expect(takeFaults()).toHaveLength(1)
    expect(await states(id)).toEqual(['success'])
  })
})

describe('environments', () => {
  const admin = (): number => fake.state.get('users', 'octo-admin')!.number

  test('are replaced as a whole', async () => {
    const policy = { protected_branches: false, custom_branch_policies: true }
    const first = await put('/environments/production', { wait_timer: 30, prevent_self_review: true, reviewers: [{ type: 'User', id: admin() }, { type: 'Team', id: fake.addTeam('ops') }], deployment_branch_policy: policy })
    expect(first.status).toBe(200)
    expect(first.body.protection_rules).toMatchObject([{ type: 'wait_timer', wait_timer: 30 }, { type: 'required_reviewers', prevent_self_review: true, reviewers: [{ type: 'User', reviewer: { login: 'octo-admin' } }, { type: 'Team', reviewer: { slug: 'ops' } }] }, { type: 'branch_policy' }])
    expect((await put('/environments/production', { wait_timer: 5 })).body).toMatchObject({ id: first.body.id, deployment_branch_policy: null, protection_rules: [{ type: 'wait_timer', wait_timer: 5 }] })
    expect((await get('/environments/production')).body.protection_rules).toHaveLength(1)
    expect((await ask('PUT', `${R}/environments/${encodeURIComponent('review/pr 7')}`)).body.name).toBe('review/pr 7')
    expect([(await remove('/environments/production')).status, (await get('/environments/production')).status]).toEqual([204, 404])
  })

  test.each([
    [{ deployment_branch_policy: { protected_branches: true, custom_branch_policies: true } }, 0],
    [{ deployment_branch_policy: { protected_branches: false, custom_branch_policies: false } }, 0],
    [{ wait_timer: 43_201 }, 0],
    [{ reviewers: Array.from({ length: 7 }, () => ({ type: 'User', id: 1 })) }, 0],
    [{ reviewers: [{ type: 'User', id: 987_654 }] }, 0],
    [{ can_admins_bypass: false }, 1],
  ])('refuse %j', async (body, faults) => {
    expect((await put('/environments/production', body)).status).toBe(422)
    expect(takeFaults()).toHaveLength(faults)
  })

  test('of a private repository need a plan for reviewers', async () => {
    fake.state.settings.private = true
    expect((await put('/environments/production', { reviewers: [{ type: 'User', id: admin() }] })).body.message).toContain('billing plan')
    expect((await put('/environments/production', {})).status).toBe(200)
  })

  test('keep patterns only while custom policies are on', async () => {
    const patterns = '/environments/production/deployment-branch-policies'
    await put('/environments/production')
    expect((await post(patterns, { name: 'main' })).status).toBe(404)
    await put('/environments/production', { deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } })
    const made = await post(patterns, { name: 'release/*' })
    expect(made).toMatchObject({ status: 200, body: { name: 'release/*', type: 'branch' } })
    expect((await post(patterns, { name: 'release/*' })).status).toBe(303)
    expect((await post(patterns, { name: 'release/*', type: 'tag' })).status).toBe(200)
    expect((await put(`${patterns}/${made.body.id}`, { name: 'main' })).body.name).toBe('main')
    expect((await get(patterns)).body).toMatchObject({ total_count: 2 })
    expect((await remove(`${patterns}/${made.body.id}`)).status).toBe(204)
    expect((await get(`${patterns}/${made.body.id}`)).status).toBe(404)
    await put('/environments/production', {})
    expect((await get(patterns)).body.total_count).toBe(0)
  })

  test('take installed apps as custom rules', async () => {
    const rules = '/environments/production/deployment_protection_rules'
    await put('/environments/production')
    const app = fake.addApp({ slug: 'gatekeeper' })
    expect((await get(`${rules}/apps`)).body.available_custom_deployment_protection_rule_integrations).toMatchObject([{ slug: 'gatekeeper' }])
    const made = await post(rules, { integration_id: app })
    expect(made).toMatchObject({ status: 201, body: { enabled: true, app: { slug: 'gatekeeper' } } })
    expect([(await post(rules, { integration_id: app })).status, (await post(rules, { integration_id: 5 })).status]).toEqual([422, 422])
    expect((await get(rules)).body.total_count).toBe(1)
    expect((await remove(`${rules}/${made.body.id}`)).status).toBe(204)
  })
})

describe('secrets and variables', () => {
  const sealed = (key: string, value: string): string => Buffer.from(seal(Buffer.from(value), Buffer.from(key, 'base64'))).toString('base64')

  test.each(['/actions/secrets', '/environments/production/secrets'])('%s are sealed for the key, and never given back', async (place) => {
    await put('/environments/production')
    const { key, key_id: keyId } = (await get(`${place}/public-key`)).body
    const body = { encrypted_value: sealed(key, 'the värde'), key_id: keyId }
    expect([(await put(`${place}/DB_URL`, body)).status, (await put(`${place}/db_url`, body)).status]).toEqual([201, 204])
    expect(fake.secretValue(place.startsWith('/env') ? 'production' : '', 'DB_URL')).toBe('the värde')
    const other = Buffer.from(nacl.box.keyPair().publicKey).toString('base64')
    expect((await put(`${place}/DB_URL`, { ...body, key_id: '1' })).status).toBe(422)
    expect((await put(`${place}/DB_URL`, { ...body, encrypted_value: sealed(other, 'x') })).status).toBe(422)
    expect((await put(`${place}/GITHUB_X`, body)).status).toBe(422)
    expect((await get(place)).body).toEqual({ total_count: 1, secrets: [{ name: 'DB_URL', created_at: '2026-03-14T14:05:00Z', updated_at: '2026-03-14T14:05:00Z' }] })
    now += 60_000
    await put(`${place}/DB_URL`, body)
    expect((await get(`${place}/DB_URL`)).body).toMatchObject({ created_at: '2026-03-14T14:05:00Z', updated_at: '2026-03-14T14:06:00Z' })
    expect([(await remove(`${place}/DB_URL`)).status, (await remove(`${place}/DB_URL`)).status]).toEqual([204, 404])
    expect((await put(`${place}/X`, { encrypted_value: 'not base64!', key_id: keyId })).status).toBe(422)
    expect(takeFaults()).toHaveLength(1)
  })

  test('no environment holds more than 100 secrets, none of them of more than 48 KB', async () => {
    await put('/environments/production')
    const { key, key_id: keyId } = (await get('/environments/production/secrets/public-key')).body
    expect((await put('/environments/production/secrets/BIG', { encrypted_value: sealed(key, 'x'.repeat(49_153)), key_id: keyId })).status).toBe(422)
    for (let index = 0; index < 100; index += 1) fake.setSecret('production', `S${index}`, 'x')
    expect((await put('/environments/production/secrets/ONE_MORE', { encrypted_value: sealed(key, 'x'), key_id: keyId })).status).toBe(422)
    expect((await put('/environments/production/secrets/S7', { encrypted_value: sealed(key, 'y'), key_id: keyId })).status).toBe(204)
  })

  test('variables are made once, then changed; an absent environment has none', async () => {
    expect((await get('/environments/production/variables')).status).toBe(404)
    fake.addEnvironment({ name: 'production' })
    const place = '/environments/production/variables'
    expect([(await post(place, { name: 'level', value: '1' })).status, (await post(place, { name: 'LEVEL', value: '2' })).status]).toEqual([201, 409])
    expect((await ask('PATCH', `${R}${place}/LEVEL`, { value: '3' })).status).toBe(204)
    expect((await get(`${place}/level`)).body).toMatchObject({ name: 'LEVEL', value: '3' })
    expect((await ask('PATCH', `${R}${place}/OTHER`, { value: '3' })).status).toBe(404)
    expect([(await remove(`${place}/LEVEL`)).status, fake.variable('production', 'LEVEL')]).toEqual([204, undefined])
  })
})

describe('runs', () => {
  test('tell attempt, status and conclusion, and their jobs', async () => {
    const run = fake.addRun({ actor: 'octo-admin' })
    fake.addJob({ run: run.id, name: 'deploy' })
    expect((await get(`/actions/runs/${run.id}`)).body).toMatchObject({ status: 'in_progress', conclusion: null, run_attempt: 1, head_sha: fake.head(), actor: { login: 'octo-admin' } })
    fake.endRun(run.id, 'failure')
    expect((await get(`/actions/runs/${run.id}`)).body).toMatchObject({ status: 'completed', conclusion: 'failure' })
    expect((await get(`/actions/runs/${run.id}/jobs`)).body).toMatchObject({ total_count: 1, jobs: [{ name: 'deploy', status: 'completed', conclusion: 'failure' }] })
    expect((await post(`/actions/runs/${run.id}/cancel`)).status).toBe(409)
    expect((await post(`/actions/runs/${run.id}/rerun`)).status).toBe(201)
    expect((await get(`/actions/runs/${run.id}`)).body).toMatchObject({ status: 'queued', run_attempt: 2 })
    expect((await get(`/actions/runs/${run.id}/attempts/1`)).body).toMatchObject({ run_attempt: 1, status: 'completed' })
    expect((await post(`/actions/runs/${run.id}/cancel`)).status).toBe(202)
    expect((await get('/actions/runs?status=cancelled')).body.total_count).toBe(1)
    expect((await get('/actions/runs/1')).status).toBe(404)
  })

  test('wait for reviewers, and remember who let them in', async () => {
    const reviewer = fake.addUser('grace')
    fake.tokens.set('ghp_grace', { permissions: 'all', login: 'grace' })
    fake.addEnvironment({ name: 'production', reviewers: [{ type: 'User', id: reviewer }], preventSelfReview: true })
    const run = fake.addRun({ actor: 'grace' })
    fake.waitFor(run.id, 'production')
    const pending = (await ask('GET', `${R}/actions/runs/${run.id}/pending_deployments`, undefined, { token: 'ghp_grace' })).body
    expect(pending).toMatchObject([{ environment: { name: 'production' }, current_user_can_approve: true, reviewers: [{ reviewer: { login: 'grace' } }] }])
    const answer = { environment_ids: [pending[0].environment.id], state: 'approved', comment: 'go' }
    const review = (token: string): Promise<Got> => ask('POST', `${R}/actions/runs/${run.id}/pending_deployments`, answer, { token })
    expect([(await review('ghs_fake')).status, (await review('ghp_grace')).status]).toEqual([422, 422])
    fake.state.put('environments', { ...fake.state.get('environments', 'production')!, preventSelfReview: false })
    expect((await review('ghp_grace')).status).toBe(200)
    expect((await get(`/actions/runs/${run.id}/approvals`)).body).toMatchObject([{ state: 'approved', comment: 'go', user: { login: 'grace' }, environments: [{ name: 'production' }] }])
    expect((await get(`/actions/runs/${run.id}`)).body.status).toBe('in_progress')
    expect((await review('ghp_grace')).status).toBe(422)
    fake.waitFor(run.id, 'production')
    fake.review(run.id, 'production', 'grace', 'rejected', 'no')
    expect((await get(`/actions/runs/${run.id}`)).body).toMatchObject({ status: 'completed', conclusion: 'failure' })
  })

  test('make GitHub record a deployment for a job that names an environment', async () => {
    const run = fake.addRun()
    const job = fake.addJob({ run: run.id, name: 'deploy' })
    const made = fake.jobDeployment({ run: run.id, job: job.id, environment: 'production' })
    expect((await get('/deployments')).body).toMatchObject([{ id: made.id, payload: {}, task: 'deploy', ref: 'main' }])
    expect((await get(`/deployments/${made.id}/statuses`)).body).toMatchObject([{ state: 'in_progress', log_url: expect.stringMatching(new RegExp(`/acme/shop/actions/runs/${run.id}/job/${job.id}$`)) }])
    fake.endJob(job.id, 'failure')
    expect(await states(made.id)).toEqual(['failure', 'in_progress'])
  })

  test('are begun by a dispatch, which says which run it is only when asked', async () => {
    expect((await post('/actions/workflows/rollback.yml/dispatches', { ref: 'main', inputs: { environment: 'production' } })).status).toBe(204)
    const told = await post('/actions/workflows/rollback.yml/dispatches', { ref: 'main', return_run_details: true })
    expect(told.status).toBe(200)
    expect((await get(`/actions/runs/${told.body.workflow_run_id}`)).body).toMatchObject({ status: 'queued', event: 'workflow_dispatch', path: '.github/workflows/rollback.yml' })
    expect((await get('/actions/workflows/rollback.yml/runs')).body.total_count).toBe(2)
    expect([(await post('/actions/workflows/none.yml/dispatches', { ref: 'main' })).status, (await post('/actions/workflows/rollback.yml/dispatches', { ref: 'none' })).status]).toEqual([404, 422])
    expect((await post('/dispatches', { event_type: 'shipped', client_payload: { a: 1 } })).status).toBe(204)
    expect(fake.state.all('dispatches').map(({ event, inputs }) => [event, inputs])).toEqual([['workflow_dispatch', { environment: 'production' }], ['workflow_dispatch', {}], ['shipped', { a: 1 }]])
  })
})

describe('git', () => {
  test('files are put on a branch and read back; a stale SHA is refused', async () => {
    const file = (text: string, more: object = {}): unknown => ({ message: 'm', content: Buffer.from(text).toString('base64'), ...more })
    const made = await put('/contents/records/one.json', file('{"n":1}'))
    expect(made).toMatchObject({ status: 201, body: { content: { path: 'records/one.json' }, commit: { message: 'm', parents: [{}] } } })
    expect((await put('/contents/records/one.json', file('{}'))).status).toBe(422)
    expect((await put('/contents/records/one.json', file('{}', { sha: '0'.repeat(40) }))).status).toBe(409)
    expect((await put('/contents/records/one.json', file('{"n":2}', { sha: made.body.content.sha }))).status).toBe(200)
    const read = (await get('/contents/records/one.json')).body
    expect(Buffer.from(read.content, 'base64').toString()).toBe('{"n":2}')
    expect((await get('/contents/records')).body).toMatchObject([{ name: 'one.json', type: 'file' }])
    expect((await get('/contents/')).body.map(({ name }: { name: string }) => name)).toEqual(['README.md', 'records'])
    expect((await get('/contents/records/one.json', { accept: 'application/vnd.github.raw+json' })).body).toBe('{"n":2}')
    expect([(await get('/contents/none')).status, (await get('/contents/README.md?ref=none')).status, (await put('/contents/x', file('x', { branch: 'none' }))).status]).toEqual([404, 404, 404])
    expect((await remove('/contents/records/one.json', { message: 'gone', sha: read.sha })).status).toBe(200)
    expect(fake.files()).toEqual(['README.md'])
  })

  test('an orphan branch is made of a tree, a commit and a ref; a ref is given to one only', async () => {
    const tree = (await post('/git/trees', { tree: [{ path: 'log/a.json', mode: '100644', type: 'blob', content: '1' }] })).body
    const commit = (await post('/git/commits', { message: 'first', tree: tree.sha, parents: [] })).body
    const created = await Promise.all([1, 2, 3].map(() => post('/git/refs', { ref: 'refs/heads/ledger', sha: commit.sha })))
    expect(created.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422])
    expect([fake.files('ledger'), fake.file('log/a.json', 'ledger'), fake.head('ledger')]).toEqual([['log/a.json'], '1', commit.sha])
    const blob = (await post('/git/blobs', { content: Buffer.from('two').toString('base64'), encoding: 'base64' })).body
    const more = (await post('/git/trees', { base_tree: tree.sha, tree: [{ path: 'b.txt', mode: '100644', type: 'blob', sha: blob.sha }, { path: 'log/a.json', mode: '100644', type: 'blob', sha: null }] })).body
    const next = (await post('/git/commits', { message: 'second', tree: more.sha, parents: [commit.sha] })).body
    expect((await ask('PATCH', `${R}/git/refs/heads/ledger`, { sha: next.sha })).status).toBe(200)
    expect((await ask('PATCH', `${R}/git/refs/heads/ledger`, { sha: commit.sha })).body.message).toBe('Update is not a fast forward')
    expect(fake.files('ledger')).toEqual(['b.txt'])
    expect((await get('/git/trees/ledger?recursive=1')).body.tree).toMatchObject([{ path: 'b.txt', size: 3 }])
    expect((await get(`/git/blobs/${blob.sha}`)).body).toMatchObject({ encoding: 'base64', size: 3 })
    expect((await get('/git/matching-refs/heads/led')).body).toMatchObject([{ ref: 'refs/heads/ledger' }])
    expect([(await remove('/git/refs/heads/ledger')).status, (await get('/git/ref/heads/ledger')).status, (await remove('/git/refs/heads/ledger')).status]).toEqual([204, 404, 422])
  })

  test('names objects as git does', async () => {
    expect((await post('/git/blobs', { content: 'hello\n' })).body.sha).toBe('ce013625030ba8dba906f756967f9e9ca394464a')
    expect((await post('/git/trees', { tree: [] })).body.sha).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
  })

  test('compares commits, with files and pull requests', async () => {
    const [first] = fake.addCommits([{ message: 'Start', files: { 'a.txt': '1' } }])
    const shas = fake.addCommits([{ message: 'Add a migration', files: { 'migrations/1.sql': 'x', 'a.txt': '2' } }, { message: 'Drop the readme', files: { 'README.md': null } }])
    const pull = fake.addPull({ title: 'Better shop', commits: shas, labels: ['feature'], user: 'octo-admin' })
    const { body } = await get(`/compare/${first}...main`)
    expect(body).toMatchObject({ status: 'ahead', ahead_by: 2, behind_by: 0, total_commits: 2, commits: [{ sha: shas[0], commit: { message: 'Add a migration' } }, { sha: shas[1] }] })
    expect(body.files.map(({ filename, status }: { filename: string; status: string }) => [filename, status])).toEqual([['README.md', 'removed'], ['a.txt', 'modified'], ['migrations/1.sql', 'added']])
    expect((await get(`/compare/main...${first}`)).body).toMatchObject({ status: 'behind', behind_by: 2, commits: [] })
    expect((await get('/compare/main...main')).body.status).toBe('identical')
    expect((await get(`/compare/${first}...none`)).status).toBe(404)
    expect((await get(`/commits/${shas[0]}/pulls`)).body).toMatchObject([{ number: pull, title: 'Better shop', labels: [{ name: 'feature' }], merge_commit_sha: shas[1] }])
    expect((await post('/releases/generate-notes', { tag_name: 'v2', target_commitish: 'main', previous_tag_name: first })).body.body).toContain('* Better shop by @octo-admin')
    expect((await get('/commits?per_page=2')).body).toHaveLength(2)
  })

  test('statuses and checks stand on a commit', async () => {
    const sha = fake.head()
    expect((await get(`/commits/${sha}/status`)).body).toMatchObject({ state: 'pending', total_count: 0 })
    await post(`/statuses/${sha}`, { state: 'pending', context: 'quality' })
    await post(`/statuses/${sha}`, { state: 'success', context: 'quality', description: 'all good' })
    expect((await get('/commits/main/status')).body).toMatchObject({ state: 'success', total_count: 1, statuses: [{ context: 'quality', description: 'all good' }] })
    expect((await get('/commits/main/statuses')).body).toHaveLength(2)
    const check = (await post('/check-runs', { name: 'lint', head_sha: sha, status: 'in_progress' })).body
    const done = await ask('PATCH', `${R}/check-runs/${check.id}`, { conclusion: 'failure', output: { title: 't', summary: 's', annotations: [{ path: 'a.ts', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' }] } })
    expect(done.body).toMatchObject({ status: 'completed', conclusion: 'failure', output: { annotations_count: 1 } })
    expect((await get('/commits/main/check-runs?check_name=lint')).body).toMatchObject({ total_count: 1 })
    expect((await post(`/statuses/${'1'.repeat(40)}`, { state: 'success' })).status).toBe(422)
  })
})

describe('issues', () => {
  test('are opened, commented and closed', async () => {
    const { number } = (await post('/issues', { title: 'Drift', labels: ['ecluse'] })).body
    const comment = (await post(`/issues/${number}/comments`, { body: 'one' })).body
    await ask('PATCH', `${R}/issues/comments/${comment.id}`, { body: 'two' })
    expect((await get(`/issues/${number}/comments`)).body).toMatchObject([{ body: 'two' }])
    expect((await get('/issues?labels=ecluse')).body).toHaveLength(1)
    await ask('PATCH', `${R}/issues/${number}`, { state: 'closed' })
    expect([(await get('/issues')).body, (await get('/issues?state=closed')).body.length]).toEqual([[], 1])
  })
})
