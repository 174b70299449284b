import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { withEngines } from '../../support/engines/index.js'
import { startPostgres, type RunningPostgres } from '../../support/engines/postgres.mjs'
import { textOf } from '../../support/policy/files.js'
import { noFaults } from '../../support/no-faults.js'
import { rotationWorld, type RotationWorld } from '../../support/rotation-world.js'

const guide = textOf('action-docs/guides/secrets.md')
/** Blocks of the guide that say which file they are. */
const scripts = [...guide.matchAll(/^```sh\n# (ops\/[a-z-]+\.sh)\n([^]*?)^```/gm)].map(([, file, text]) => [file!, text!] as const)
const sql = /^```sql\n([^]*?)^```/m.exec(guide)?.[1] ?? ''

withEngines(['postgres', 'pg-clients'], "the guide's two roles of PostgreSQL", () => {
  let server: RunningPostgres
  let world: RotationWorld
  let admin: Record<string, string>

  const psql = (statement: string, env: Record<string, string> = admin): string => execFileSync('psql', ['-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', statement], { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const stored = (): string => world.fake.secretValue('production', 'DATABASE_URL') ?? ''
  const roleIn = (address: string): string => new URL(address).username
  const connects = (address: string): boolean => {
    const { username, password } = new URL(address)
    try {
      return psql('select count(*) from orders', { ...admin, PGUSER: username, PGPASSWORD: password }) === '0'
    } catch {
      return false
    }
  }

  const age = (): void => {
    const secret = world.fake.state.get('secrets', 'production/DATABASE_URL')!
    world.fake.state.put('secrets', { ...secret, updatedAt: Date.now() - 100 * 86_400_000 })
  }
  const file = (more = ''): string => `
environments:
  production:
    secrets:
      DATABASE_URL:
        max-age: 90d
        shape: ^postgres(ql)?://
        rotate:
          command: bash ${world.folder}/ops/new-database-url.sh
          verify: bash ${world.folder}/ops/try-database-url.sh
          previous: keep
${more}`
  const rotate = (recipe: string): ReturnType<RotationWorld['run']> => {
    age()
    return world.run(recipe, { env: { ...admin, DATABASE_URL: stored() } })
  }

  beforeAll(async () => {
    server = await startPostgres({ database: 'shop' })
    world = await rotationWorld()
    admin = { PGHOST: server.host, PGPORT: String(server.port), PGDATABASE: 'shop', PGUSER: server.user, PGPASSWORD: server.password }
    await mkdir(path.join(world.folder, 'ops'))
    for (const [name, text] of scripts) await writeFile(path.join(world.folder, name), text)
    psql('create table orders (id int)')
    psql(sql)
    psql("alter role shop_a password 'the-first-one'")
    world.fake.addEnvironment({ name: 'production' })
    world.fake.setSecret('production', 'DATABASE_URL', `postgresql://shop_a:the-first-one@${server.host}:${server.port}/shop`)
  })
  afterAll(async () => {
    noFaults(world.fake)
    await world.close()
    await server.stop()
  })

  test('take turns, and what is in use goes on to work', async () => {
    expect(scripts.map(([name]) => name)).toEqual(['ops/new-database-url.sh', 'ops/try-database-url.sh', 'ops/close-database-url.sh'])
    const first = stored()
    expect(connects(first)).toBe(true)
    expect((await rotate(file())).reason).toBe('rotated')
    const second = stored()
    expect([roleIn(first), roleIn(second), connects(first), connects(second)]).toEqual(['shop_a', 'shop_b', true, true])
    expect((await rotate(file())).reason).toBe('rotated')
    const third = stored()
    expect([roleIn(third), connects(first), connects(second), connects(third)]).toEqual(['shop_a', false, true, true])
    for (const address of [first, second, third]) expect(world.told.join('\n')).not.toContain(new URL(address).password)
  })

  test('with `revoke`, the old one is closed at once', async () => {
    const before = stored()
    expect((await rotate(file(`          revoke: bash ${world.folder}/ops/close-database-url.sh\n`))).reason).toBe('rotated')
    expect([connects(before), connects(stored())]).toEqual([false, true])
  })

  test('a server that does not take the new password leaves the old one in use', async () => {
    const before = stored()
    const outcome = await rotate(file().replace('try-database-url.sh', 'try-database-url.sh; exit 1'))
    expect(outcome.reason).toBe('verify-failed-restored')
    expect([stored(), connects(before)]).toEqual([before, true])
  })

  test('an administrator who may not changes nothing', async () => {
    const before = stored()
    admin = { ...admin, PGPASSWORD: 'not-the-one' }
    const outcome = await rotate(file())
    admin = { ...admin, PGPASSWORD: server.password }
    expect(outcome.reason).toBe('make-failed')
    expect([stored(), connects(before)]).toEqual([before, true])
  })
})
