import { describe, expect, test } from '@jest/globals'
import { checkSignatures } from '../../../core/delivery/verify-image.js'
import type { SignerRule, Verified } from '../../../core/domain/signature.js'
import { RemoteError } from '../../../core/errors/families.js'
import { FlowLab } from '../../support/flow-lab.js'

const KEY: SignerRule = { kind: 'key', key: 'cosign.pub' }
const GITHUB: SignerRule = { kind: 'github', repository: 'acme/shop' }
const at = (name: string): string => `registry.example/${name}@sha256:${'a'.repeat(64)}`
const down = new RemoteError('registry-unreachable', { message: 'nobody answers', service: 'registry', operation: 'verify' })

interface Scene {
  readonly rules?: readonly SignerRule[]
  readonly images?: Readonly<Record<string, string>>
  readonly answer?: (image: string, rule: SignerRule) => Verified
  readonly closed?: true
}

function check({ rules = [KEY], images = { web: at('web') }, answer = () => ({ kind: 'signed', by: 'us' }), closed }: Scene) {
  const lab = new FlowLab()
  const request = lab.request('v2', { place: { verify: rules } })
  const open = async () => ({ name: 'fake', verify: async (image: string, rule: SignerRule) => answer(image, rule) })
  return checkSignatures({ ...request, release: { ...request.release, images, serving: 'web' } }, closed ? undefined : open, lab.process().ambient)
}

const either = (by: Partial<Record<SignerRule['kind'], Verified>>) => (_: string, rule: SignerRule): Verified => {
  const answer = by[rule.kind]
  if (answer === undefined) throw down
  return answer
}

describe('who signed a release', () => {
  test('is not asked where nothing is set, and nothing is opened for it', async () => {
    expect(await check({ rules: [], closed: true })).toEqual({ ok: true, lines: [] })
  })

  test('is told of every image', async () => {
    const images = { web: at('web'), worker: at('worker') }
    expect(await check({ images })).toEqual({ ok: true, lines: ['web: signed by us', 'worker: signed by us'] })
    const refused = await check({ images, answer: (image) => (image === images.worker ? { kind: 'unsigned', seen: 'it has no signature' } : { kind: 'signed', by: 'us' }) })
    expect(refused).toMatchObject({ ok: false, reason: 'unsigned', message: expect.stringContaining(images.worker), lines: ['web: signed by us', `worker: ${images.worker} is refused, it has no signature`] })
  })

  test('is enough by any of the rules, also when another could not be asked', async () => {
    const rules = [GITHUB, KEY]
    expect(await check({ rules, answer: either({ github: { kind: 'unsigned', seen: 'none' }, key: { kind: 'signed', by: 'us' } }) })).toMatchObject({ ok: true })
    expect(await check({ rules, answer: either({ key: { kind: 'signed', by: 'us' } }) })).toMatchObject({ ok: true })
  })

  test('is not known when a rule could not be asked and no other fits', async () => {
    await expect(check({ rules: [GITHUB, KEY], answer: either({ key: { kind: 'foreign', seen: 'another' } }) })).rejects.toBe(down)
    await expect(check({ closed: true })).rejects.toMatchObject({ code: 'signing-failed' })
  })

  test.each([
    ['invalid-signature', { github: { kind: 'invalid', seen: 'damaged' }, key: { kind: 'foreign', seen: 'another' } }],
    ['foreign-signature', { github: { kind: 'unsigned', seen: 'none' }, key: { kind: 'foreign', seen: 'another' } }],
    ['unsigned', { github: { kind: 'unsigned', seen: 'none' }, key: { kind: 'unsigned', seen: 'none' } }],
  ] as const)('is refused as %s, the worst that was seen', async (reason, by) => {
    expect(await check({ rules: [GITHUB, KEY], answer: either(by) })).toMatchObject({ ok: false, reason, message: expect.stringContaining('a workflow of acme/shop on GitHub, or the key in cosign.pub') })
  })

  test('is nobody where there is no registry', async () => {
    const refused = await check({ images: { web: `oci-layout:///srv/images@sha256:${'a'.repeat(64)}` }, closed: true })
    expect(refused).toMatchObject({ ok: false, reason: 'unsigned', message: expect.stringContaining('a folder on a disk') })
  })
})
