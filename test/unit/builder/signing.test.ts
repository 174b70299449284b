import { describe, expect, test } from '@jest/globals'
import { buildImage } from '../../../actions/build-image/flow.js'
import { signed, together } from '../../../actions/build-image/sign.js'
import { imageRequest } from '../../../actions/build-image/request.js'
import { buildOf } from '../config/lab.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { BuildRequest, Built } from '../../../core/ports/builder.js'
import type { Signed } from '../../../core/ports/signatures.js'
import { realAmbient } from '../../support/surroundings.js'

const DIGEST = `sha256:${'d'.repeat(64)}`
const IMAGE = `registry.example/acme/shop@${DIGEST}`
const ambient = realAmbient({ work: '/w', dist: '/dist' })
const made = (image: string) => ({
  built: { image, digest: DIGEST, contentKey: 'c', reused: false, layers: [], bytes: 1 },
  origin: { version: '1.4.0', commit: '', repository: '', sourceDate: 0, dirty: false }, tookMs: 1,
})

async function sign(act: () => Promise<Signed>, image = IMAGE) {
  const asked: string[] = []
  const settings = await buildOf({ file: 'app: shop\nbuild: { repository: registry.example/acme/shop, sign: cosign }\n' })
  const signer = async () => ({ name: 'fake', signed: async () => false, sign: (one: string) => (asked.push(one), act()) })
  return { found: await signed(imageRequest({}, settings), made(image), signer, ambient), asked }
}

const fault = (code: 'signing-failed' | 'aborted') => new ProcessError(code, { message: 'cosign said no.', fix: 'Try the other key.', argv: ['cosign'], tail: [] })

test('an image is signed by its digest, and the summary says by whom', async () => {
  const fresh = await sign(async () => ({ by: 'us', fresh: true }))
  expect(fresh).toEqual({ asked: [IMAGE], found: { refused: [], outputs: {}, parts: [{ kind: 'text', text: 'Signed by us; the signature was verified in the registry.' }] } })
  expect((await sign(async () => ({ by: 'us', fresh: false }))).found.parts).toEqual([{ kind: 'text', text: expect.stringContaining('Signed already by us') }])
})

test('what could not be signed is refused with what to do; a cancelled run and a bug are no refusals', async () => {
  const { found } = await sign(() => Promise.reject(fault('signing-failed')))
  expect(found.refused).toEqual([{ reason: 'not-signed', message: 'shop 1.4.0 is not signed. cosign said no. Try the other key.' }])
  await expect(sign(() => Promise.reject(fault('aborted')))).rejects.toMatchObject({ code: 'aborted' })
  await expect(sign(() => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug')
})

test('a folder on a disk is not signed, and nobody is asked to', async () => {
  const { found, asked } = await sign(async () => ({ by: 'us', fresh: true }), `oci-layout:///w/images@${DIGEST}`)
  expect(found.refused).toEqual([{ reason: 'not-signed', message: expect.stringContaining('`build.repository`') }])
  expect(asked).toEqual([])
})

test('nothing is signed where nothing is asked for', async () => {
  const request = imageRequest({}, await buildOf({ file: 'app: shop\n' }))
  expect(await signed(request, made(IMAGE), undefined, ambient)).toEqual({ refused: [], parts: [], outputs: {} })
})

test('an image has no name and is not announced before it is signed', async () => {
  const settings = await buildOf({ file: 'app: shop\nbuild: { repository: registry.example/acme/shop, sign: cosign }\n' })
  const play = async (act: () => Promise<Signed>) => {
    const done: string[] = []
    const builder = { name: 'fake', build: async () => (done.push('build'), made(IMAGE).built) }
    const registry = { look: async () => undefined, digestOf: async () => undefined, tag: async () => void done.push('tag') }
    const signer = async () => ({ name: 'fake', signed: async () => false, sign: (image: string) => (done.push(`sign ${image}`), act()) })
    const outcome = await buildImage(imageRequest({ version: '1.4.0', commit: 'c'.repeat(40), 'source-date': 1 }, settings), { builder, registry, signer }, ambient)
    return { done, outcome }
  }
  const good = await play(async () => ({ by: 'us', fresh: true }))
  expect(good).toMatchObject({ done: ['build', `sign ${IMAGE}`, 'tag'], outcome: { ok: true, outputs: { image: IMAGE } } })
  const bad = await play(() => Promise.reject(fault('signing-failed')))
  expect(bad).toMatchObject({ done: ['build', `sign ${IMAGE}`], outcome: { ok: false, reason: 'not-signed', outputs: { image: '', digest: '' } } })
})

describe('an image that was there already', () => {
  const PLANTED = `registry.example/acme/shop@sha256:${'e'.repeat(64)}`
  const play = async (signedByUs: () => Promise<boolean>, file = 'app: shop\nbuild: { repository: registry.example/acme/shop, sign: cosign }\n') => {
    const done: string[] = []
    const build = async ({ engine }: BuildRequest): Promise<Built> => {
      done.push(engine?.reuse === true ? 'look' : 'build')
      return engine?.reuse === true ? { ...made(PLANTED).built, digest: PLANTED.split('@')[1]!, reused: true } : made(IMAGE).built
    }
    const registry = { look: async () => undefined, digestOf: async () => undefined, tag: async (image: string) => void done.push(`tag ${image}`) }
    const signer = async () => ({ name: 'fake', signed: signedByUs, sign: async (image: string) => (done.push(`sign ${image}`), { by: 'us', fresh: true }) })
    const request = imageRequest({ version: '1.4.0', commit: 'c'.repeat(40), 'source-date': 1 }, await buildOf({ file }))
    return { outcome: await buildImage(request, { builder: { name: 'fake', build }, registry, signer }, ambient), done }
  }

  test('is built again where we did not sign it: whoever planted it gets no signature of ours', async () => {
    const { outcome, done } = await play(async () => false)
    expect(done).toEqual(['look', 'build', `sign ${IMAGE}`, `tag ${IMAGE}`])
    expect(outcome).toMatchObject({ ok: true, reason: 'built', outputs: { image: IMAGE, reused: 'false' } })
    expect(outcome.summary.parts).toContainEqual({ kind: 'text', text: expect.stringContaining(`${PLANTED}), and it is not signed by`) })
  })

  test('is used again where we signed it, or where nothing is to be signed', async () => {
    expect((await play(async () => true)).done).toEqual(['look', `sign ${PLANTED}`, `tag ${PLANTED}`])
    expect((await play(async () => false, 'app: shop\nbuild: { repository: registry.example/acme/shop }\n')).done).toEqual(['look', `tag ${PLANTED}`])
  })

  test('is neither signed nor named where nobody can say whose it is', async () => {
    const { outcome, done } = await play(() => Promise.reject(fault('signing-failed')))
    expect([done, outcome.reason, outcome.outputs['image']]).toEqual([['look'], 'not-signed', ''])
    await expect(play(() => Promise.reject(fault('aborted')))).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('what two steps found is told in their order', () => {
  const text = (of: string) => ({ refused: [], parts: [{ kind: 'text' as const, text: of }], outputs: { sarif: of } })
  expect(together(text('a'), text('b'))).toEqual({ refused: [], parts: [{ kind: 'text', text: 'a' }, { kind: 'text', text: 'b' }], outputs: { sarif: 'b' } })
})
