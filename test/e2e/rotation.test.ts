import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { noFaults } from '../support/no-faults.js'
import { startGitHub, type FakeGitHub } from '../support/services/github/github.mjs'
import { runAction, startAction, type ActionRun } from '../support/runner.mjs'
import { visible } from '../support/visible.js'

const OLD = 'postgres://ada:planted-0ld-pw@db.example/shop'
const NEW = 'postgres://ada:planted-n3w-pw@db.example/shop'
const DAY = 86_400_000

let fake: FakeGitHub
let work: string

const stored = (): string | undefined => fake.secretValue('production', 'DATABASE_URL')
const mark = (): string | undefined => fake.variable('production', 'ECLUSE_ROTATION_DATABASE_URL')

beforeEach(async () => {
  fake = await startGitHub()
  work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-rotate-'))
  fake.addEnvironment({ name: 'production' })
  fake.setSecret('production', 'DATABASE_URL', OLD)
  const secret = fake.state.get('secrets', 'production/DATABASE_URL')!
  fake.state.put('secrets', { ...secret, updatedAt: Date.now() - 100 * DAY })
  // The commands know both values by files that only they read.
  await writeFile(path.join(work, 'new'), NEW)
  await writeFile(path.join(work, 'ecluse.yml'), `environments:
  production:
    secrets:
      DATABASE_URL:
        max-age: 90d
        rotate:
          command: cat ${work}/new
          verify: echo "trying $ECLUSE_SECRET"; touch ${work}/trying; while [ -e ${work}/wait ]; do sleep 0.05; done; test "$ECLUSE_SECRET" = "$(cat ${work}/new)"
          revoke: echo "closing $ECLUSE_SECRET_OLD"
          previous: keep
`)
})
afterEach(async () => {
  noFaults(fake)
  await fake.close()
  await rm(work, { recursive: true, force: true })
})

const options = (run: string, env: Readonly<Record<string, string>>): ActionRun => ({
  action: 'setup-environments', cwd: work, inputs: { mode: 'rotate', environment: 'production', token: 'ghs_fake' },
  env: { GITHUB_API_URL: fake.url, GITHUB_RUN_ID: run, ...env },
})
const until = async (met: () => boolean): Promise<void> => {
  for (let tries = 0; !met(); tries++) {
    if (tries > 1500) throw new Error('it did not happen in time')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

describe('rotate, as a runner runs it', () => {
  test('changes a secret on GitHub, and shows it nowhere', async () => {
    const result = await runAction(options('1', { DATABASE_URL: OLD }))
    expect(result.outputs).toMatchObject({ reason: 'rotated', rotated: 'DATABASE_URL' })
    expect([stored(), mark(), fake.secretValue('production', 'DATABASE_URL_PREVIOUS')]).toEqual([NEW, undefined, undefined])
    expect(result.stdout).toContain('trying ***')
    expect(visible(result)).not.toMatch(/planted-(0ld|n3w)-pw/)
    expect(JSON.stringify([fake.calls, fake.state.all('variables')])).not.toContain('planted')
  })

  test('cancelled while the new value is tried puts the old one back', async () => {
    await writeFile(path.join(work, 'wait'), '')
    const started = await startAction(options('2', { DATABASE_URL: OLD }))
    await until(() => existsSync(path.join(work, 'trying')))
    expect(stored()).toBe(NEW)
    started.kill('SIGINT')
    const result = await started.finished
    await started.close()
    expect(result.outputs['reason']).toBe('cancelled')
    expect([stored(), mark()]).toEqual([OLD, undefined])
    expect(visible(result)).not.toMatch(/planted-(0ld|n3w)-pw/)
  })

  test('killed while the new value is tried is finished by the next run, which closes the old one', async () => {
    await writeFile(path.join(work, 'wait'), '')
    const started = await startAction(options('3', { DATABASE_URL: OLD }))
    await until(() => existsSync(path.join(work, 'trying')))
    started.kill('SIGKILL')
    await started.finished
    await started.close()
    expect(stored()).toBe(NEW)
    expect(mark()).toContain('"phase":"verifying"')
    expect(mark()).not.toContain('planted')
    await rm(path.join(work, 'wait'))
    // A job that begins now is given what is stored now. Its clock is ahead of the second that GitHub wrote down.
    await new Promise((resolve) => { setTimeout(resolve, 1100) })
    const previous = fake.secretValue('production', 'DATABASE_URL_PREVIOUS')
    expect(previous).toBe(OLD)
    const next = await runAction(options('4', { DATABASE_URL: NEW, DATABASE_URL_PREVIOUS: previous ?? '' }))
    expect(next.outputs).toMatchObject({ reason: 'rotated' })
    expect(next.stdout).toContain('closing ***')
    expect([stored(), mark(), fake.secretValue('production', 'DATABASE_URL_PREVIOUS')]).toEqual([NEW, undefined, undefined])
    expect(visible(next)).not.toMatch(/planted-(0ld|n3w)-pw/)
  })

  test('doctor tells what is missing, in a step that fails', async () => {
    fake.addCommits(1)
    fake.tokens.set('poor', { permissions: { contents: 'read' } })
    const result = await runAction({ ...options('5', {}), inputs: { mode: 'doctor', environment: 'production', actions: 'rollback', token: 'poor' }, env: { GITHUB_API_URL: fake.url, RUNNER_ENVIRONMENT: 'github-hosted' } })
    expect(result.outputs).toMatchObject({ reason: 'permissions-missing', missing: 'deployments: write' })
    expect(result.code).toBe(1)
    expect(result.summary).toContain('deployments: write')
    expect(await readFile(path.join(work, 'ecluse.yml'), 'utf8')).toContain('DATABASE_URL')
  })
})
