/** What the flows make of the answers of the real cosign about images in a real registry. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Release } from '../../../core/domain/release.js'
import { FlowLab, release } from '../../support/flow-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { PASSWORD, signatureLab, type KeyPair, type SignatureLab } from '../../support/signature-lab.js'

withEngines(['docker', 'cosign'], 'what verify names must have signed', () => {
  let lab: SignatureLab
  let ours: KeyPair
  let flows: FlowLab
  const images: Record<string, string> = {}

  beforeAll(async () => {
    lab = await signatureLab()
    ours = await lab.keys()
    const theirs = await lab.keys()
    for (const name of ['ours', 'none', 'theirs', 'moved']) images[name] = await lab.image()
    await lab.signer({ key: ours.key, password: PASSWORD }).sign(images['ours']!)
    await lab.signer({ key: theirs.key, password: PASSWORD }).sign(images['theirs']!)
    await lab.plant(images['moved']!, JSON.stringify((await lab.bundles(images['ours']!))[0]))
    images['absent'] = `${images['none']?.split('@')[0]}@sha256:${'0'.repeat(64)}`
  })
  afterAll(() => lab.close())

  const ask = async (name: string) => {
    const world = await new FlowLab().served('v1')
    // Else days would pass there while cosign looks.
    world.signatures = (image, rule) => world.time.standstill(() => lab.signatures.verify(image, rule))
    flows = world
    const wanted: Release = { ...release('v2'), images: { shop: images[name]! } }
    return { release: wanted, place: { verify: [{ kind: 'key', key: ours.pub }] } } as const
  }
  /** Nothing of the platform and nothing of the record has changed. */
  const untouched = (): void => {
    expect(flows.rest).toMatchObject({ serves: 'v1', candidate: undefined, weight: 0, open: 0, holder: false })
    expect(flows.journal.filter((line) => /^platform (?!observe)|^ledger (begin|doing)/.test(line))).toEqual([])
  }
  const summary = (outcome: { readonly summary: object }): string => JSON.stringify(outcome.summary)

  describe.each(['deploy', 'promote'] as const)('%s', (verb) => {
    test('goes, and says by whom it is signed', async () => {
      const asked = await ask('ours')
      const outcome = await flows[verb]('v2', asked)
      expect(outcome.ok).toBe(true)
      expect(flows.rest.serves).toBe('v2')
      expect(summary(outcome)).toContain('shop: signed by the public key of the configuration')
    })

    test.each([['none', 'unsigned'], ['theirs', 'foreign-signature'], ['moved', 'invalid-signature']])('an image that is signed by %s is refused as %s, in a dry run too', async (name, reason) => {
      for (const dryRun of [true, false]) {
        const outcome = await flows[verb]('v2', { ...(await ask(name)), dryRun })
        expect(outcome).toMatchObject({ ok: false, reason })
        expect(summary(outcome)).toContain('is refused')
        untouched()
      }
    })

    test('what can not be found out stops it', async () => {
      const asked = await ask('absent')
      await expect(flows[verb]('v2', asked)).rejects.toMatchObject({ code: 'image-not-found' })
      untouched()
    })
  })

  test('going back asks nobody: what served before was verified then', async () => {
    const asked = await ask('ours')
    await flows.deploy('v2', asked)
    flows.signatures = () => Promise.reject(new Error('the registry is down'))
    expect(await flows.rollback({ place: asked.place })).toMatchObject({ ok: true })
    expect(flows.rest.serves).toBe('v1')
  })
})
