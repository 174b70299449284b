import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { engine } from '../support/engines/index.js'
import { withEngines } from '../support/engines/index.js'
import { contractOf, root } from '../support/runner.mjs'
import { lab, type Lab } from './lab.js'

const actions = readdirSync(path.join(root, 'actions'))

/** What each of them asks for in a folder where there is nothing. */
const lacking: Readonly<Record<string, readonly string[]>> = {
  'approval-brief': ['`image`', '`version`'],
  'build-image': ['`version`'],
  'canary-promote': ['`image`', '`version`'],
  'db-backup': ['`database`'],
  'db-restore': ['`database`'],
  'deploy-staging': ['`image`', '`version`'],
  notify: ['`title`'],
  'publish-dashboard': ['ecluse.yml'],
  'quality-gate': ['`commands`'],
  reconcile: ['ecluse.yml'],
  rollback: ['`url`', '`identity`'],
  'setup-environments': ['ecluse.yml'],
  'smoke-test': ['`url`'],
  'watch-release': ['`environments.production.watch`', '`url`', '`identity`'],
}

function terminal(action: string, args: readonly string[], cwd = root): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { PATH, HOME } = process.env
  return spawnSync(process.execPath, [path.join(root, 'dist', action, 'index.js'), ...args], { cwd, encoding: 'utf8', env: { PATH, HOME } })
}

test('what is wrong with the flags and with the file is told together', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-wrong-'))
  try {
    await appendFile(path.join(folder, 'ecluse.yml'), 'app: shop\nenvironments: { production: { platform: { compose: { host: shop.example, publsh: [80] } } } }\n')
    const { status, stderr } = terminal('rollback', ['--ledger', 'elsewhere', '--url', 'nowhere'], folder)
    expect(status).toBe(2)
    for (const word of ['`ledger`', '`url`', 'ssh://', 'publsh']) expect(stderr).toContain(word)
    expect(stderr.match(/`ledger`/g)).toHaveLength(1)
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe.each(actions)('%s in a terminal', (action) => {
  test('prints help from its contract', async () => {
    const { inputs = {} } = await contractOf(action)
    const { status, stdout } = terminal(action, ['--help'])
    expect(status).toBe(0)
    // A secret has no flag: a command line is no place for it.
    for (const name of Object.keys(inputs)) expect(stdout).toMatch(new RegExp(`--${name}\\b|ECLUSE_${name.toUpperCase().replaceAll('-', '_')}\\b`))
  })

  test('refuses what it does not know, with what was meant', () => {
    const { status, stderr } = terminal(action, ['--confg', 'x'])
    expect(status).toBe(2)
    expect(stderr).toContain('--config')
  })

  test('says all that is missing where there is nothing, and how to give it', async () => {
    const nowhere = await mkdtemp(path.join(os.tmpdir(), 'ecluse-nowhere-'))
    try {
      const { status, stderr } = terminal(action, [], nowhere)
      expect([1, 2]).toContain(status)
      for (const word of lacking[action] ?? ['an entry in the table above']) expect(stderr).toContain(word)
      expect(stderr).not.toMatch(/^\s+at /m)
    } finally {
      await rm(nowhere, { recursive: true })
    }
  })
})

describe('the day GitHub is down', () => {
  let here: Lab

  beforeAll(async () => {
    // Its password is not at hand: going back must not ask for it.
    here = await lab({ production: '    rollout: { strategy: direct }\n' })
    await here.run('canary-promote', await here.release({ version: '1' }))
    await here.run('canary-promote', await here.release({ version: '2' }))
    await appendFile(path.join(here.work, 'ecluse.yml'), '    backup: { database: "${env:DATABASE_URL}" }\n')
  })

  afterAll(() => here.close())

  test('a dry run names the target and changes nothing', async () => {
    const before = (await here.ledger()).length
    const { status, stdout } = terminal('rollback', ['--environment', 'production', '--dry-run'], here.work)
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('1 would be brought back') })
    expect(await here.ledger()).toHaveLength(before)
    expect(new Set(await here.served())).toEqual(new Set(['2']))
  })

  test('a rollback does what the same bundle does on a runner', async () => {
    const { status, stdout } = terminal('rollback', ['--because=down'], here.work)
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('rolled-back') })
    expect(new Set(await here.served())).toEqual(new Set(['1']))
    expect(terminal('rollback', [], here.work)).toMatchObject({ status: 1, stdout: expect.stringContaining('just-rolled-back') })
    expect(terminal('rollback', ['--force', 'further'], here.work)).toMatchObject({ status: 1, stdout: expect.stringContaining('nothing-to-roll-back') })
  })
})

withEngines(['node24'], 'on the Node of the runner', (pathOf) => {
  test('a delivery climbs, a rollback goes back, bad input is told', async () => {
    const here = await lab({ node: pathOf('node24') })
    try {
      expect((await here.run('canary-promote', await here.release({ version: '1' }))).outputs['reason']).toBe('promoted-first')
      const load = here.loaded()
      expect((await here.run('canary-promote', await here.release({ version: '2' }))).outputs).toMatchObject({ reason: 'promoted', verdict: 'pass', weight: '50' })
      expect((await here.run('rollback')).outputs).toMatchObject({ reason: 'rolled-back', version: '1' })
      expect((await load.stop()).failures).toEqual({})
      expect((await here.run('canary-promote', { image: 'shop:latest', weights: '5,3' })).outputs['reason']).toBe('invalid-input')
    } finally {
      await here.close()
    }
  })

  test('is the version that actions declare', () => {
    const found = engine('node24')
    expect('path' in found && spawnSync(found.path, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^v24\./)
  })
})
