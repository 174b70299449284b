import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { commandLinesDuring } from '../../support/command-lines.js'
import { noFaults } from '../../support/no-faults.js'
import { grant, rotationWorld, type RotationWorld, type WorldRun } from '../../support/rotation-world.js'

const OLD = 'postgres://ada:planted-0ld-pw@db.example/shop'
const NEW = 'postgres://ada:planted-n3w-pw@db.example/shop'
const DAY = 86_400_000

let world: RotationWorld

/** As if it had been set so long ago. */
const aged = (name: string, days: number): void => {
  const secret = world.fake.state.get('secrets', `production/${name}`)!
  world.fake.state.put('secrets', { ...secret, createdAt: Date.now() - days * DAY, updatedAt: Date.now() - days * DAY })
}
const stored = (): string | undefined => world.fake.secretValue('production', 'DATABASE_URL')
const mark = (): string | undefined => world.fake.variable('production', 'ECLUSE_ROTATION_DATABASE_URL')

const file = (recipe: string): string => `
environments:
  production:
    secrets:
      DATABASE_URL:
        max-age: 90d
        shape: "^postgres(ql)?://"
        rotate:
${recipe.split('\n').map((line) => `          ${line}`).join('\n')}
`

beforeEach(async () => {
  world = await rotationWorld()
  world.fake.addEnvironment({ name: 'production' })
  world.fake.setSecret('production', 'DATABASE_URL', OLD)
  aged('DATABASE_URL', 100)
})
afterEach(async () => {
  noFaults(world.fake)
  await world.close()
})

const env = (more: Readonly<Record<string, string>> = {}): WorldRun => ({ env: { DATABASE_URL: OLD, BEFORE: OLD, NEXT: NEW, ...more } })

describe('a rotation over HTTP with commands of the user', () => {
  test('stores what the command printed last, proves it, revokes the old one', async () => {
    const outcome = await world.run(file(`command: 'echo "planning"; echo "$NEXT"'\nverify: 'test "$ECLUSE_SECRET" = "$NEXT" && test "$DATABASE_URL" = "$NEXT" && echo proven'\nrevoke: 'test "$ECLUSE_SECRET_OLD" = "$BEFORE" && echo gone'`), env())
    expect(outcome).toMatchObject({ ok: true, reason: 'rotated', outputs: { rotated: 'DATABASE_URL' } })
    expect([stored(), mark()]).toEqual([NEW, undefined])
    expect(world.told).toEqual(expect.arrayContaining(['proven', 'gone']))
    expect(await world.run(file("random: {}"), env())).toMatchObject({ ok: true, reason: 'nothing-due' })
  })

  test('shows no value anywhere: argv, logs, outcome, requests, variables', async () => {
    const script = path.join(world.folder, 'new.sh')
    // Long enough to be seen.
    await writeFile(script, `set -x\npassword="planted-n3w-pw"\nsleep 0.5\necho "I say it on standard error too: $password" >&2\necho "$NEXT"\n`)
    const recipe = `command: bash ${script}\nverify: 'echo "try $ECLUSE_SECRET, not $ECLUSE_SECRET_OLD" >&2; env; exit $VERIFY'\nrevoke: 'set -x; echo "$ECLUSE_SECRET_OLD"; exit 4'\nprevious: keep`
    const seenCalls: unknown[] = []
    for (const [verify, reason] of [['0', 'revoke-failed'], ['1', 'verify-failed-restored']] as const) {
      world.fake.setSecret('production', 'DATABASE_URL', OLD)
      aged('DATABASE_URL', 100)
      world.fake.state.remove('variables', 'production/ECLUSE_ROTATION_DATABASE_URL')
      world.fake.state.remove('secrets', 'production/DATABASE_URL_PREVIOUS')
      const { result, seen } = await commandLinesDuring(() => world.run(file(recipe), env({ VERIFY: verify })))
      expect(result.reason).toBe(reason)
      expect(seen).toContain(`bash ${script}`)
      seenCalls.push(world.fake.calls)
      for (const text of [seen, world.told.join('\n'), JSON.stringify(result), JSON.stringify(seenCalls), JSON.stringify(world.fake.state.all('variables'))]) {
        expect(text).not.toMatch(/planted-(0ld|n3w)-pw/)
        expect(text).not.toContain(Buffer.from(NEW).toString('base64'))
      }
    }
    expect(world.told.join('\n')).toContain('try ***, not ***')
  })

  test.each([['by its age', {}], ['by name', { secrets: ['DATABASE_URL'] }]])('chosen %s never puts the old value where somebody keeps another', async (_, chosen) => {
    world.fake.setSecret('production', 'DATABASE_URL_PREVIOUS', 'of somebody else')
    await expect(world.run(file(`command: 'echo "$NEXT"'\nprevious: keep`), { ...env(), ...chosen })).rejects.toThrow('`DATABASE_URL_PREVIOUS`')
    expect([world.fake.secretValue('production', 'DATABASE_URL_PREVIOUS'), stored(), mark()]).toEqual(['of somebody else', OLD, undefined])
  })

  test('of a random value needs no command', async () => {
    world.fake.setSecret('production', 'SESSION_KEY', 'x'.repeat(20))
    aged('SESSION_KEY', 100)
    const outcome = await world.run('environments: { production: { secrets: { SESSION_KEY: { max-age: 30d, rotate: { random: { length: 64 } } } } } }')
    expect(outcome).toMatchObject({ ok: true, reason: 'rotated-unverified' })
    expect(world.fake.secretValue('production', 'SESSION_KEY')).toMatch(/^[a-zA-Z0-9]{64}$/)
  })

  test('that a fault of GitHub cuts off after the value was stored goes back, or is finished by the next run', async () => {
    const recipe = file(`command: 'echo "$NEXT"'\nverify: 'test "$ECLUSE_SECRET" = "$NEXT"'`)
    // The mark that it is stored is refused, and so is every further change: as if the machine had died.
    const outage = world.fake.inject({ match: { method: 'PATCH', when: ({ body }) => JSON.stringify(body).includes('verifying') }, fault: { status: 422 } })
    const more = world.fake.inject({ match: { method: 'PUT', nth: 2 }, fault: { status: 422 } })
    const third = world.fake.inject({ match: { method: 'PUT', nth: 3 }, fault: { status: 422 } })
    const run = world.fake.addRun()
    expect(await world.run(recipe, { ...env(), id: String(run.id) })).toMatchObject({ ok: false, reason: 'verify-failed-not-restored' })
    expect([stored(), mark()]).toEqual([NEW, expect.stringContaining('restoring')])
    for (const fault of [outage, more, third]) fault.stop()
    expect(await world.run(recipe, { env: { DATABASE_URL: NEW, NEXT: NEW }, id: '2' })).toMatchObject({ ok: false, reason: 'in-progress' })
    world.fake.endRun(run.id)
    expect(await world.run(recipe, { env: { DATABASE_URL: NEW, NEXT: NEW }, id: '2' })).toMatchObject({ ok: true, reason: 'rotated' })
    expect([stored(), mark()]).toEqual([NEW, undefined])
  })

  test('while another run is at it is left to that one', async () => {
    const run = world.fake.addRun()
    world.fake.setVariable('production', 'ECLUSE_ROTATION_DATABASE_URL', JSON.stringify({ v: 1, phase: 'making', at: Date.now(), run: String(run.id), attempt: 1, job: 'x', host: 'elsewhere', pid: 1, started: '1' }))
    expect(await world.run(file('random: {}'), env())).toMatchObject({ ok: false, reason: 'in-progress' })
    expect(stored()).toBe(OLD)
  })

  test('needs one environment to be named', async () => {
    await expect(world.run(file('random: {}'), { ...env(), environment: '' })).rejects.toThrow('no environment is named')
  })

  test('takes few calls', async () => {
    world.fake.forget()
    await world.run(file(`command: 'echo "$NEXT"'\nverify: 'true'\nrevoke: 'true'`), env())
    expect(world.fake.counted()).toBeLessThanOrEqual(13)
  })
})

describe('doctor', () => {
  const FILE = 'environments: { production: {} }'
  const rows = (outcome: Awaited<ReturnType<RotationWorld['run']>>): Readonly<Record<string, string>> => {
    const part = outcome.summary.parts.find(({ kind }) => kind === 'table')
    return Object.fromEntries(part?.kind === 'table' ? part.rows.map((row) => [row[0]!.replaceAll('`', ''), row[3]!]) : [])
  }
  const all = ['build-image', 'deploy-staging', 'canary-promote', 'rollback', 'quality-gate']

  beforeEach(() => {
    world.fake.addCommits(1)
  })

  test('passes a token that may do all that is needed, and changes nothing', async () => {
    const before = JSON.stringify([world.fake.state.all('deployments'), world.fake.state.all('refs'), world.fake.state.all('commitStatuses'), world.fake.state.all('environments'), world.fake.state.all('variables')])
    const token = grant(world.fake, 'good', { contents: 'read', deployments: 'write', statuses: 'write', actions: 'read' })
    const outcome = await world.run(FILE, { mode: 'doctor', actions: all, token })
    expect(outcome).toMatchObject({ ok: true, reason: 'permitted', outputs: { missing: '' } })
    expect(rows(outcome)).toMatchObject({ 'contents: read': 'yes', 'deployments: write': 'yes', 'statuses: write': 'yes', 'actions: read': 'yes', 'contents: write': 'no', 'pull-requests: read': 'no', 'packages: write': 'unknown', 'id-token: write': 'no' })
    expect(outcome.message).toContain('Cloud role: not checked, no cloud platform is configured')
    expect(JSON.stringify([world.fake.state.all('deployments'), world.fake.state.all('refs'), world.fake.state.all('commitStatuses'), world.fake.state.all('environments'), world.fake.state.all('variables')])).toBe(before)
  })

  test.each(['contents', 'deployments', 'statuses'])('finds that %s is missing, and says what to add', async (name) => {
    const permissions = Object.fromEntries(Object.entries({ contents: 'read', deployments: 'write', statuses: 'write', actions: 'read' } as const).filter(([key]) => key !== name))
    const outcome = await world.run(FILE, { mode: 'doctor', actions: all, token: grant(world.fake, 'poor', permissions) })
    expect(outcome).toMatchObject({ ok: false, reason: 'permissions-missing', outputs: { missing: expect.stringContaining(`${name}: `) } })
    expect(JSON.stringify(outcome.summary)).toContain(`permissions:\\n  ${name}: `)
  })

  test('takes a right to read for no right to write', async () => {
    const token = grant(world.fake, 'reader', { contents: 'read', deployments: 'read', statuses: 'read', actions: 'read', 'pull-requests': 'read' })
    expect((await world.run(FILE, { mode: 'doctor', actions: all, token })).outputs['missing'].split('\n')).toEqual(['deployments: write', 'statuses: write'])
  })

  test('looks at what setting environments up needs, where it is named', async () => {
    const rich = grant(world.fake, 'admin', { contents: 'read', actions: 'read', administration: 'write', environments: 'write', secrets: 'read' })
    expect(await world.run(FILE, { mode: 'doctor', actions: ['setup-environments'], token: rich })).toMatchObject({ ok: true, reason: 'permitted' })
    const poor = grant(world.fake, 'half', { contents: 'read', actions: 'read', environments: 'read' })
    const outcome = await world.run(FILE, { mode: 'doctor', actions: ['setup-environments'], token: poor })
    expect(outcome.outputs['missing'].split('\n')).toEqual(['administration: write', 'environments: write'])
    expect(outcome.message).toContain('No `permissions:` can grant all of them')
  })

  test('says unknown where nobody can tell, and that is no pass', async () => {
    const rich = grant(world.fake, 'admin', { contents: 'read', actions: 'read', administration: 'write', environments: 'write' })
    const outcome = await world.run('environments: { elsewhere: {} }', { mode: 'doctor', environment: 'elsewhere', actions: ['setup-environments'], token: rich })
    expect(outcome).toMatchObject({ ok: false, reason: 'permissions-unknown' })
    expect(rows(outcome)).toMatchObject({ 'environments: write': 'unknown', 'administration: write': 'unknown' })
  })

  test('asks nothing about a record on GitHub where it is kept in a file', async () => {
    const token = grant(world.fake, 'poor', { contents: 'read' })
    const outcome = await world.run('environments: { production: { ledger: file } }', { mode: 'doctor', actions: ['rollback'], token })
    expect(outcome).toMatchObject({ ok: true, reason: 'permitted' })
    expect(rows(outcome)['deployments: write']).toBeUndefined()
  })

  test('sees an identity where the job has one, and refuses names of no action', async () => {
    expect(rows(await world.run(FILE, { mode: 'doctor', actions: ['build-image'], env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' } }))).toMatchObject({ 'id-token: write': 'yes' })
    await expect(world.run(FILE, { mode: 'doctor', actions: ['rolback'] })).rejects.toMatchObject({ problems: [{ fix: 'Did you mean `rollback`?' }] })
  })
})

describe('check and apply', () => {
  const FILE = 'environments: { production: { secrets: { DATABASE_URL: { max-age: 90d, shape: "^mysql://" }, API_KEY: {}, EXTRA: { required: false } } } }'
  const table = (outcome: Awaited<ReturnType<RotationWorld['run']>>): readonly (readonly string[])[] => outcome.summary.parts.flatMap((part) => (part.kind === 'table' && part.title?.startsWith('Secrets') ? part.rows.map((row) => row.slice(1, 3)) : []))

  test('find what is missing, too old or of another shape, and say what was not checked', async () => {
    const blind = await world.run(FILE, { mode: 'check' })
    expect(blind).toMatchObject({ ok: false, reason: 'secret-missing', outputs: { differences: '2' } })
    expect(table(blind)).toEqual([['DATABASE_URL', 'too-old'], ['DATABASE_URL', 'shape-unchecked'], ['API_KEY', 'missing'], ['EXTRA', 'good']])
    const seeing = await world.run(FILE, { ...env(), mode: 'check' })
    expect(table(seeing)).toContainEqual(['DATABASE_URL', 'wrong-shape'])
    expect(JSON.stringify([blind, seeing, world.told])).not.toContain('planted')
    expect((await world.run(FILE, { mode: 'apply' })).reason).toBe('secret-missing')
    world.fake.setSecret('production', 'API_KEY', 'value-1')
    expect((await world.run(FILE, { mode: 'apply' })).reason).toBe('secret-unfit')
    world.fake.setSecret('production', 'DATABASE_URL', OLD)
    expect((await world.run(FILE, { mode: 'check' })).reason).toBe('in-step')
  })
})
