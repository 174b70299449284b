import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { keeping, kept as told, outputsOf } from '../../support/act/outputs.js'
import { brief, build, failing, handed, journey, production, reasons, staging } from '../../support/act/story.js'
import { world, type World } from '../../support/act/world.js'

const LIMIT_MS = 120_000

/** A caller that leaves everything to the person who starts it, and keeps what the delivery put out. */
const CALLER = `on:
  workflow_dispatch:
    inputs:
      image: { default: "" }
      version: { default: "" }
      staging: { default: staging }
      production: { default: production }
      install: { default: "" }
jobs:
  deliver:
    uses: ecluse-cd/ecluse/.github/workflows/deliver.yml@v1
    with:
      image: \${{ inputs.image }}
      version: \${{ inputs.version }}
      staging: \${{ inputs.staging }}
      production: \${{ inputs.production }}
      install: \${{ inputs.install }}
      runs-on: '["ubuntu-latest"]'
    permissions: { contents: read }
    secrets: inherit
${keeping('deliver')}`

/** Of a job that it skipped, act reads an output in whatever job it ran last; GitHub leaves it empty. */
const byAct: unknown = expect.any(String)

withEngines(['act', 'node24', 'git'], 'stages of deliver.yml, run', (pathOf) => {
  let here: World
  let version = ''
  let image = ''
  beforeAll(async () => {
    here = await world({ act: pathOf('act'), node: pathOf('node24') })
    await here.addWorkflow('stages.yml', CALLER)
    version = await here.push()
  })
  afterAll(() => here?.close(), 60_000)

  test('without a production environment a delivery ends at staging', async () => {
    const run = await here.run('stages.yml', { production: '' })
    const expected = [...build, ...staging, ...told]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(outputsOf(run)).toEqual({
      image: expect.stringMatching(/^oci-layout:\/\/.*@sha256:[0-9a-f]{64}$/), version, staging: 'deployed', 'staging-smoke': 'passed', 'staging-watch': 'not-configured',
      quality: '', brief: '', backup: '', 'receipt-id': '', production: '', rollback: '', deployment: '',
      'production-smoke': byAct, watch: byAct, 'watch-cause': byAct,
    })
    expect(await here.served('staging')).toEqual([version])
    expect(await here.served('production')).toEqual(['none'])
    image = outputsOf(run)['image'] ?? ''
  }, LIMIT_MS)

  test('an image that was built before goes to production only, when staging has no name', async () => {
    const run = await here.run('stages.yml', { image, version, staging: '' })
    const expected = [...handed, ...brief, ...production, ...told]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(outputsOf(run)).toEqual({
      image, version, quality: '', staging: '', 'staging-smoke': byAct, 'staging-watch': byAct, brief: 'briefed',
      backup: 'not-configured', 'receipt-id': '', production: 'promoted-first', 'production-smoke': 'passed', watch: byAct, 'watch-cause': byAct, rollback: '', deployment: expect.stringMatching(/./),
    })
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('an image without its version is refused before anything is touched', async () => {
    const run = await here.run('stages.yml', { image, production: '' })
    const expected = ['build/0: success', 'build/asked: success', 'build/given: failure', 'build: failure']
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(run.shown).toContain("Set 'version' to the one that the image carries.")
  }, LIMIT_MS)

  test('what is to be installed is, before it is needed; a word that nothing answers to is refused', async () => {
    const run = await here.run('stages.yml', { production: '', install: 'qemu, buildx cosign' })
    const building = [...build.slice(0, 2), ...['words', 'qemu', 'buildx', 'cosign'].map((id) => `build/${id}: success`), ...build.slice(2)]
    const expected = [...building, staging[0]!, 'staging/cosign: success', ...staging.slice(1), ...told]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    const wrong = await here.run('stages.yml', { production: '', install: 'cosine' })
    const refused = ['build/0: success', 'build/asked: success', 'build/words: failure', 'build: failure']
    expect(journey(wrong, refused, 1)).toEqual({ ran: refused, code: 1, log: '' })
    expect(wrong.shown).toContain(`Input 'install' names "cosine".`)
  }, 2 * LIMIT_MS)

  test('a staging that does not come up is not taken for one that was left out', async () => {
    await here.push({ variant: { crash: true }, staging: { rollout: { 'healthy-within': '3s' } } })
    const run = await here.run('stages.yml')
    const expected = [...build, ...failing(staging, 'deploy', 'staging/kept: success')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toEqual({ 'build/build': 'built', 'staging/deploy': 'unhealthy' })
    expect(await here.served('staging')).toEqual([version])
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('a delivery that waited while a newer one went live is superseded, unless somebody says why not', async () => {
    const gate = path.join(here.root, 'gate')
    const waiting = await here.push({ staging: { integration: `until test -e '${gate}'; do sleep 0.1; done` } })
    const since = (await here.ledger('staging')).length
    const older = await here.start('workflow_dispatch', 'stages.yml')
    await here.recorded('staging', ({ result }, index) => index >= since && result?.reason === 'deployed')
    // Asked for in another second: finer the workflow does not look.
    await sleep(1000)
    version = await here.push({ production: { rollout: { strategy: 'direct' } } })
    const newer = await here.run('stages.yml')
    expect(reasons(newer)).toMatchObject({ 'production/promote': 'switched' })
    await writeFile(gate, '')
    const run = await older.finished
    const expected = [...build, ...staging, ...brief, ...failing(production, 'promote')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(run.jobs['build']?.outputs['build']).toMatchObject({ version: waiting })
    expect(reasons(run)).toMatchObject({ 'staging/deploy': 'deployed', 'brief/brief': 'briefed-with-warnings', 'production/promote': 'superseded' })
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('no image, nothing to deliver: a build that fails ends it', async () => {
    await here.push({ files: { Dockerfile: 'FROM scratch\nCOPY nothing ./\n' } })
    const run = await here.run('stages.yml', { staging: '' })
    const expected = failing(build, 'build')
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)
})
