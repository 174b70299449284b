import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commandLinesDuring } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { fileIn, PASSWORD, signatureLab, type KeyPair, type SignatureLab } from '../../support/signature-lab.js'

withEngines(['docker', 'cosign'], 'signatures with a key', () => {
  let lab: SignatureLab
  let ours: KeyPair
  let theirs: KeyPair

  beforeAll(async () => {
    lab = await signatureLab()
    ours = await lab.keys()
    theirs = await lab.keys()
  })
  afterAll(() => lab.close())

  const sign = (image: string, { key }: KeyPair = ours): Promise<unknown> => lab.signer({ key, password: PASSWORD }).sign(image)
  const older = (image: string, { key }: KeyPair): Promise<string> =>
    lab.cosign(['sign', '--yes', '--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false', '--allow-http-registry', '--key', 'env://K', image], { K: key })

  test('sign once, whatever is called again, and are seen', async () => {
    const image = await lab.image()
    const by = expect.stringMatching(/^the key with SHA-256 \S{44}$/)
    expect(await sign(image)).toEqual({ by, fresh: true })
    expect(await sign(image)).toEqual({ by, fresh: false })
    expect(await lab.bundles(image)).toHaveLength(1)
    expect(await lab.signatures.verify(image, { kind: 'key', key: ours.pub })).toEqual({ kind: 'signed', by: 'the public key of the configuration' })
    expect(await lab.signatures.verify(image, { kind: 'key', key: await fileIn(lab, 'cosign.pub', ours.pub) })).toEqual({ kind: 'signed', by: 'the key in cosign.pub' })
  })

  test('are told apart: none, of another key, for another image, damaged', async () => {
    const [none, foreign, moved, damaged] = await Promise.all([lab.image(), lab.image(), lab.image(), lab.image()])
    await sign(foreign, theirs)
    const elsewhere = await lab.image()
    await sign(elsewhere)
    const [bundle] = await lab.bundles(elsewhere)
    await lab.plant(moved, JSON.stringify(bundle))
    await sign(damaged)
    const [whole] = await lab.bundles(damaged)
    await lab.plant(damaged, JSON.stringify(whole).replace(/"sig":"(.{20})/, (_, start: string) => `"sig":"${start.split('').toReversed().join('')}`))
    const verified = (image: string) => lab.signatures.verify(image, { kind: 'key', key: ours.pub })
    expect(await verified(none)).toEqual({ kind: 'unsigned', seen: 'the registry has no signature of it' })
    expect(await verified(foreign)).toEqual({ kind: 'foreign', seen: expect.stringMatching(/^its signature is by another key \(SHA-256 \S{44}\)$/) })
    expect(await verified(moved)).toEqual({ kind: 'invalid', seen: expect.stringContaining(`is for another image, ${elsewhere.split('@')[1]}`) })
    expect(await verified(damaged)).toEqual({ kind: 'invalid', seen: expect.stringContaining('does not hold: ') })
  })

  test('with another one beside it, ours is found; the other is left', async () => {
    const image = await lab.image()
    await sign(image, theirs)
    expect(await sign(image)).toMatchObject({ fresh: true })
    for (const { pub } of [ours, theirs]) expect(await lab.signatures.verify(image, { kind: 'key', key: pub })).toMatchObject({ kind: 'signed' })
  })

  test('say whether they are of this very signer', async () => {
    const image = await lab.image()
    const signedBy = ({ key }: KeyPair): Promise<boolean> => lab.signer({ key, password: PASSWORD }).signed(image)
    expect(await signedBy(ours)).toBe(false)
    await sign(image, theirs)
    expect([await signedBy(ours), await signedBy(theirs)]).toEqual([false, true])
  })

  test('signed by several at once are signed by all of them', async () => {
    const image = await lab.image()
    await Promise.all([sign(image), sign(image, theirs), sign(image)])
    for (const { pub } of [ours, theirs]) expect(await lab.signatures.verify(image, { kind: 'key', key: pub })).toMatchObject({ kind: 'signed' })
  })

  test('of the older form are read too, also beside an attestation', async () => {
    const [image, beside] = await Promise.all([lab.image(), lab.image()])
    await older(image, ours)
    expect(await lab.signatures.verify(image, { kind: 'key', key: ours.pub })).toMatchObject({ kind: 'signed' })
    expect(await lab.signatures.verify(image, { kind: 'key', key: theirs.pub })).toEqual({ kind: 'foreign', seen: 'its signature is by another key, or damaged' })
    await older(beside, ours)
    await attest(beside, theirs)
    expect(await lab.signatures.verify(beside, { kind: 'key', key: ours.pub })).toMatchObject({ kind: 'signed' })
  })

  test('a statement about an image that is no signature of it does not count as one', async () => {
    const image = await lab.image()
    await attest(image, ours)
    expect(await lab.signatures.verify(image, { kind: 'key', key: ours.pub })).toEqual({ kind: 'unsigned', seen: 'the registry has no signature of it, only https://spdx.dev/Document' })
  })

  async function attest(image: string, { key }: KeyPair): Promise<void> {
    await fileIn(lab, 'sbom.json', '{"spdxVersion":"SPDX-2.3"}')
    await fileIn(lab, 'services.json', '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}')
    await lab.cosign(['attest', '--yes', '--signing-config', 'services.json', '--type', 'spdxjson', '--predicate', 'sbom.json', '--allow-http-registry', '--key', 'env://K', image], { K: key })
  }

  describe('keys', () => {
    test('that passed through forms are mended', async () => {
      const written = [ours.key.replaceAll('\n', '\r\n'), ours.key.trim().replaceAll('\n', '\\n'), ours.key.trim()]
      for (const key of written) expect(await lab.signer({ key, password: PASSWORD }).sign(await lab.image())).toMatchObject({ fresh: true })
    })

    test('that do not open are told by what to look at, and sign nothing', async () => {
      const image = await lab.image()
      const fault = { code: 'signing-failed', fix: expect.stringContaining('password') }
      await expect(lab.signer({ key: ours.key, password: 'another' }).sign(image)).rejects.toMatchObject(fault)
      await expect(lab.signer({ key: ours.key }).sign(image)).rejects.toMatchObject(fault)
      await expect(lab.signer({ key: ours.key.slice(0, 200), password: PASSWORD }).sign(image)).rejects.toMatchObject(fault)
      expect(await lab.signatures.verify(image, { kind: 'key', key: ours.pub })).toMatchObject({ kind: 'unsigned' })
    })

    test('are in no command line and in no message', async () => {
      const image = await lab.image()
      const { seen } = await commandLinesDuring(() => sign(image))
      const fault = await lab.signer({ key: ours.key, password: `${PASSWORD}-x` }).sign(image).catch((thrown: unknown) => thrown)
      const told = [seen, JSON.stringify(lab.started.map(({ argv, what }) => [argv, what])), String(fault), JSON.stringify(fault)].join('\n')
      const secrets = [PASSWORD, ...ours.key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))]
      expect(seen.split('\n').some((line) => line.includes('sign ') && line.includes(image))).toBe(true)
      for (const secret of secrets) expect(told).not.toContain(secret)
    })
  })
})
