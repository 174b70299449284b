/** What can't be found out is never a pass. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cosignSignatures } from '../../../core/drivers/signatures/cosign/index.js'
import { systemProcesses } from '../../../core/io/process.js'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { fileIn, PASSWORD, signatureLab, type KeyPair, type SignatureLab } from '../../support/signature-lab.js'

const NOBODY = { kind: 'keyless', identity: 'ann@shop.example', issuer: 'https://accounts.example' } as const

withEngines(['docker', 'cosign'], 'a verifier that can not find out', () => {
  let lab: SignatureLab
  let ours: KeyPair
  let signed: string

  beforeAll(async () => {
    lab = await signatureLab()
    ours = await lab.keys()
    signed = await lab.image()
    await lab.signer({ key: ours.key, password: PASSWORD }).sign(signed)
  })
  afterAll(() => lab.close())

  const verify = (image: string) => lab.signatures.verify(image, { kind: 'key', key: ours.pub })
  const verifyWith = (PATH: string) => {
    const { ambient } = lab
    const processes = systemProcesses({ signal: ambient.signal, env: { PATH, HOME: lab.work } })
    return cosignSignatures({}, { ...ambient, process: processes }).verify(signed, { kind: 'key', key: ours.pub })
  }

  test('says that the image is not there, that nobody answers', async () => {
    await expect(verify(`${signed.split('@')[0]}@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'image-not-found' })
    await expect(verify(signed.replace(/:\d+\//, `:${await unusedPort()}/`))).rejects.toMatchObject({ code: 'registry-unreachable' })
    await expect(verify(`registry.example/shop@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'registry-unreachable' })
  })

  test('says that the trust root of Sigstore can not be had', async () => {
    await expect(lab.signatures.verify(signed, NOBODY)).rejects.toMatchObject({ code: 'signing-failed', fix: expect.stringContaining('trust root') })
    await expect(lab.signatures.verify(signed, { kind: 'github', repository: 'acme/shop' })).rejects.toMatchObject({ code: 'signing-failed' })
  })

  test('says that cosign is not installed, or too old', async () => {
    await expect(verifyWith('/nowhere')).rejects.toMatchObject({ code: 'signer-missing', message: expect.stringContaining('is not installed') })
    await mkdir(`${lab.work}/old`)
    await writeFile(`${lab.work}/old/cosign`, '#!/bin/sh\necho "Usage: cosign sign --key --tlog-upload"\n')
    await chmod(`${lab.work}/old/cosign`, 0o755)
    await expect(verifyWith(`${lab.work}/old:/bin:/usr/bin`)).rejects.toMatchObject({ code: 'signer-missing', message: expect.stringContaining('too old') })
  })

  test('asks nothing of an image that is not named by digest, and takes no key that is none', async () => {
    await expect(verify(`${signed.split('@')[0]}:latest`)).rejects.toMatchObject({ code: 'image-not-pinned' })
    await expect(lab.signatures.verify(signed, { kind: 'key', key: await fileIn(lab, 'note.txt', 'no key') })).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining('`note.txt`') })
    await expect(lab.signatures.verify(signed, { kind: 'key', key: 'absent.pub' })).rejects.toMatchObject({ code: 'file-missing' })
  })

  test('does not take a registry of another machine for its own: only loopback is spoken to without TLS', async () => {
    const before = lab.started.length
    await verify(signed)
    await verify(`registry.example:5000/shop@sha256:${'0'.repeat(64)}`).catch(() => undefined)
    await verify(`127.0.0.1.registry.example/shop@sha256:${'0'.repeat(64)}`).catch(() => undefined)
    const plain = lab.started.slice(before).filter(({ argv }) => argv.includes('--allow-http-registry')).map(({ argv }) => argv.at(-1))
    expect(new Set(plain)).toEqual(new Set([signed]))
  })

  test('takes what is beside an image and can not be read for no signature', async () => {
    const image = await lab.image()
    await lab.plant(image, '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"')
    expect(await verify(image)).toMatchObject({ kind: 'unsigned' })
  })
})
