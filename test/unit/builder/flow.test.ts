import { describe, expect, test } from '@jest/globals'
import { buildImage } from '../../../actions/build-image/flow.js'
import { outputs, reasons } from '../../../actions/build-image/outcome.js'
import { readableBytes } from '../../../actions/build-image/report.js'
import { imageRequest, type BuildInputs } from '../../../actions/build-image/request.js'
import { webAddress } from '../../../actions/build-image/source.js'
import type { BuildSettings } from '../../../core/domain/environment.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Builder, BuildRequest, Built } from '../../../core/ports/builder.js'
import type { Command } from '../../../core/ports/process.js'
import { buildSettings } from '../../support/build-settings.js'
import { realAmbient } from '../../support/surroundings.js'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const DIGEST = `sha256:${'d'.repeat(64)}`
const SETTINGS: BuildSettings = buildSettings({ state: '/w/.ecluse', context: '/w' })

const CHECKOUT: Readonly<Record<string, string>> = { 'rev-parse': COMMIT, show: '1700000000', status: '', config: 'https://me:token@example.com/o/r.git' }

interface Scene {
  readonly given?: BuildInputs
  readonly settings?: Partial<BuildSettings>
  /** Sub-command → what git prints; `undefined`: no repository. */
  readonly git?: Readonly<Record<string, string>> | undefined
  readonly built?: Partial<Built>
}

async function play({ given = {}, settings = {}, built = {}, ...scene }: Scene) {
  const asked: BuildRequest[] = []
  const warnings: string[] = []
  const git = 'git' in scene ? scene.git : CHECKOUT
  const builder: Builder = {
    name: 'fake',
    async build(request) {
      asked.push(request)
      return { image: `oci-layout:///i@${DIGEST}`, digest: DIGEST, contentKey: 'c'.repeat(64), reused: false, layers: [{ digest: DIGEST, bytes: 1500, createdBy: 'COPY . /' }], bytes: 1500, ...built }
    },
  }
  const real = realAmbient({ work: '/w', dist: '/dist' })
  const run = async ({ argv }: Command) => {
    if (git === undefined) throw new ProcessError('program-failed', { message: 'git ended with 128', argv, exitCode: 128, tail: ['fatal: not a git repository'] })
    return { exitCode: 0, stdout: `${git[argv[3] ?? ''] ?? ''}\n`, stderr: '', elapsedMs: 1 }
  }
  const ambient: Ambient = { ...real, process: { ...real.process, run }, log: { ...real.log, warn: (text) => void warnings.push(text) } }
  const outcome = await buildImage(imageRequest(given, { ...SETTINGS, ...settings }), { builder }, ambient)
  return { outcome, request: asked[0]!, warnings }
}

describe('build-image', () => {
  test('names the image after the commit and announces it by digest', async () => {
    const { outcome, request } = await play({ given: { args: { A: '1' }, target: 'app', labels: { colour: 'red' } } })
    expect(request).toEqual({
      app: 'shop', version: '0123456789ab', context: '/w', file: 'Dockerfile', target: 'app', args: { A: '1' }, platforms: ['linux/amd64'], sourceDate: 1_700_000_000,
      destination: '/w/.ecluse/images', apart: ['/w/.ecluse'],
      labels: {
        'org.opencontainers.image.title': 'shop', 'org.opencontainers.image.version': '0123456789ab', 'org.opencontainers.image.revision': COMMIT,
        'org.opencontainers.image.source': 'https://example.com/o/r', 'org.opencontainers.image.created': '2023-11-14T22:13:20Z', colour: 'red',
      },
    })
    expect(outcome).toMatchObject({ ok: true, reason: 'built' })
    expect(outcome.outputs).toEqual({ image: `oci-layout:///i@${DIGEST}`, digest: DIGEST, version: '0123456789ab', 'content-key': 'c'.repeat(64), reused: 'false', bytes: '1500', cache: '', tags: '', sarif: '', vulnerabilities: '' })
    expect(Object.keys(outcome.outputs)).toEqual([...outputs])
    expect(outcome.summary.parts).toContainEqual({ kind: 'table', title: 'Layers', columns: ['Digest', 'Size', 'Created by'], rows: [['d'.repeat(12), '1.5 kB', 'COPY . /']] })
  })

  test('says when it was there already', async () => {
    const { outcome } = await play({ built: { reused: true } })
    expect([outcome.ok, outcome.reason, outcome.outputs.reused]).toEqual([true, 'reused', 'true'])
  })

  test('does not announce an image that is too large', async () => {
    const { outcome } = await play({ settings: { maxBytes: 1499 } })
    expect(outcome).toMatchObject({ ok: false, reason: 'too-large', outputs: { image: '', digest: '', bytes: '1500' } })
    expect(outcome.message).toContain('`COPY . /`, 1.5 kB')
    expect((await play({ settings: { maxBytes: 1500 } })).outcome.ok).toBe(true)
  })

  test('marks what is not what was committed', async () => {
    const { request, warnings } = await play({ git: { ...CHECKOUT, status: ' M server.mjs' } })
    expect(request.version).toBe('0123456789ab-dirty')
    expect(warnings).toHaveLength(1)
    expect((await play({ given: { version: '1.2' }, git: { ...CHECKOUT, status: ' M x' } })).request.version).toBe('1.2')
  })

  test('outside git, needs a version and dates everything at the epoch', async () => {
    await expect(play({ git: undefined })).rejects.toMatchObject({ code: 'input-missing', message: expect.stringContaining('not a git repository') })
    const { request } = await play({ git: undefined, given: { version: '1.0' } })
    expect([request.version, request.sourceDate, Object.keys(request.labels)]).toEqual(['1.0', 0, ['title', 'version', 'created'].map((name) => `org.opencontainers.image.${name}`)])
  })

  test('takes what is given over what git says', async () => {
    const { request } = await play({ given: { version: '1.0', commit: 'feed', 'source-date': 5, destination: '/elsewhere' } })
    expect([request.version, request.labels['org.opencontainers.image.revision'], request.sourceDate, request.destination]).toEqual(['1.0', 'feed', 5, '/elsewhere'])
    expect((await play({ given: { commit: 'feedfeedfeedfeed' } })).request.version).toBe('feedfeedfeed')
  })

  test('has a sentence for each reason', () => {
    for (const sentence of Object.values(reasons)) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })
})

test.each([
  ['git@github.com:o/r.git', 'https://github.com/o/r'], ['ssh://git@example.com:2222/o/r', 'https://example.com/o/r'], ['https://x-access-token:s3cret@github.com/o/r', 'https://github.com/o/r'],
  ['https://github.com/o/r/', 'https://github.com/o/r'], ['/srv/git/r.git', ''], ['../r', ''], ['', ''],
])('the web address of %s is "%s"', (remote, address) => {
  expect(webAddress(remote)).toBe(address)
})

test.each([[0, '0 B'], [999, '999 B'], [1500, '1.5 kB'], [300_000_000, '300 MB'], [12_345_678_901, '12.3 GB']])('%d bytes read as %s', (bytes, text) => {
  expect(readableBytes(bytes)).toBe(text)
})
