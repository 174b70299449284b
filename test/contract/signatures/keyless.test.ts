import { once } from 'node:events'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { identityToken, startSigstore, type Claims, type Sigstore } from '../../support/services/sigstore.js'
import { signatureLab, type SignatureLab } from '../../support/signature-lab.js'

const GITHUB = 'https://token.actions.githubusercontent.com'
const WORKFLOW = 'acme/shop/.github/workflows/deliver.yml@refs/heads/main'
const IDENTITY = `https://github.com/${WORKFLOW}`
const MAIN: Claims = { iss: GITHUB, job_workflow_ref: WORKFLOW, repository: 'acme/shop' }

withEngines(['docker', 'cosign', 'openssl'], 'signatures of an identity', (pathOf) => {
  let lab: SignatureLab
  let sigstore: Sigstore
  let signed: string

  const token = (claims: Claims): Record<string, string> => ({ SIGSTORE_ID_TOKEN: identityToken(claims) })
  const signer = (env: Readonly<Record<string, string>>) => lab.signer({ signingConfig: 'services.json', trustedRoot: 'root.json' }, env)
  const verify = (image: string, identity: string, issuer = GITHUB, trustedRoot = 'root.json') => lab.signatures.verify(image, { kind: 'keyless', identity, issuer, trustedRoot })
  const root = (out: string, ...more: readonly string[]): Promise<string> =>
    lab.cosign(['trusted-root', 'create', `--fulcio=url=${sigstore.url},certificate-chain=${sigstore.authority}`, `--tsa=url=${sigstore.url}/api/v1/timestamp,certificate-chain=${sigstore.timestamps}`, '--out', out, ...more])

  beforeAll(async () => {
    lab = await signatureLab()
    sigstore = await startSigstore(pathOf('openssl'))
    const since = 'start-time=2024-01-01T00:00:00Z,operator=ours'
    await lab.cosign(['signing-config', 'create', `--fulcio=url=${sigstore.url},api-version=1,${since}`, `--tsa=url=${sigstore.url}/api/v1/timestamp,api-version=1,${since}`, '--tsa-config=ANY', '--out', 'services.json'])
    await root('root.json')
    signed = await lab.image()
    await signer(token(MAIN)).sign(signed)
  })
  afterAll(async () => {
    await sigstore?.stop()
    await lab.close()
  })

  test('sign once, whatever is called again, and are seen', async () => {
    const image = await lab.image()
    const before = sigstore.certified()
    const by = `${IDENTITY} (by ${GITHUB})`
    expect(await signer(token(MAIN)).sign(image)).toEqual({ by, fresh: true })
    expect(await signer(token(MAIN)).sign(image)).toEqual({ by, fresh: false })
    expect(sigstore.certified() - before).toBe(1)
    expect(await verify(image, IDENTITY)).toEqual({ kind: 'signed', by })
  })

  test('are known by a pattern, which is of the whole name', async () => {
    expect(await verify(signed, '/https://github\\.com/acme/.+/', `/${GITHUB}/`)).toEqual({ kind: 'signed', by: `${IDENTITY} (by ${GITHUB}, for acme/shop)` })
    expect(await verify(signed, '/acme/shop/')).toMatchObject({ kind: 'foreign' })
  })

  test('of somebody else are told with who it was', async () => {
    const seen = `its signature is by ${IDENTITY} (by ${GITHUB}, for acme/shop)`
    expect(await verify(signed, IDENTITY.replace('main', 'release'))).toEqual({ kind: 'foreign', seen })
    expect(await verify(signed, IDENTITY, 'https://accounts.example')).toEqual({ kind: 'foreign', seen })
    expect(await lab.signatures.verify(signed, { kind: 'key', key: (await lab.keys()).pub })).toEqual({ kind: 'foreign', seen })
    expect(await verify(await lab.image(), IDENTITY)).toEqual({ kind: 'unsigned', seen: 'the registry has no signature of it' })
  })

  test('of a person are signed and known by e-mail', async () => {
    const image = await lab.image()
    const claims = { iss: 'https://accounts.example', email: 'ann@shop.example', email_verified: true }
    expect(await signer(token(claims)).sign(image)).toEqual({ by: 'ann@shop.example (by https://accounts.example)', fresh: true })
    expect(await verify(image, 'ann@shop.example', 'https://accounts.example')).toMatchObject({ kind: 'signed' })
  })

  describe('do not hold', () => {
    test('for another image', async () => {
      const image = await lab.image()
      await lab.plant(image, JSON.stringify((await lab.bundles(signed))[0]))
      expect(await verify(image, IDENTITY)).toEqual({ kind: 'invalid', seen: expect.stringContaining(`is for another image, ${signed.split('@')[1]}`) })
    })

    test('when another authority than the trusted one certified the name', async () => {
      const impostor = await startSigstore(pathOf('openssl'))
      try {
        await lab.cosign(['trusted-root', 'create', `--fulcio=url=${impostor.url},certificate-chain=${impostor.authority}`, `--tsa=url=${sigstore.url}/api/v1/timestamp,certificate-chain=${sigstore.timestamps}`, '--out', 'impostor.json'])
        expect(await verify(signed, IDENTITY, GITHUB, 'impostor.json')).toEqual({ kind: 'invalid', seen: expect.stringContaining('does not hold: ') })
      } finally {
        await impostor.stop()
      }
    })

    test('when the certificate was used out of its time', async () => {
      await lab.cosign(['trusted-root', 'create', `--fulcio=url=${sigstore.url},certificate-chain=${sigstore.authority},start-time=2020-01-01T00:00:00Z,end-time=2021-01-01T00:00:00Z`, `--tsa=url=${sigstore.url}/api/v1/timestamp,certificate-chain=${sigstore.timestamps}`, '--out', 'past.json'])
      expect(await verify(signed, IDENTITY, GITHUB, 'past.json')).toMatchObject({ kind: 'invalid' })
    })

    test('where there is a log, and it does not know of them', async () => {
      const { pub } = await lab.keys()
      await lab.ambient.files.write(`${lab.work}/log.pub`, pub)
      await root('logged.json', `--rekor=url=${sigstore.url},public-key=log.pub,start-time=2024-01-01T00:00:00Z`)
      expect(await verify(signed, IDENTITY, GITHUB, 'logged.json')).toEqual({ kind: 'invalid', seen: expect.stringMatching(/does not hold: .*log/) })
    })
  })

  test('are held against each root of a file that has several', async () => {
    await lab.cosign(['trusted-root', 'create', `--tsa=url=${sigstore.url}/api/v1/timestamp,certificate-chain=${sigstore.timestamps}`, '--out', 'nobody.json'])
    const roots = await Promise.all(['nobody.json', 'root.json'].map((name) => lab.ambient.files.text(`${lab.work}/${name}`)))
    await lab.ambient.files.write(`${lab.work}/roots.jsonl`, `${roots.map((text) => text.trim()).join('\n')}\n`)
    expect(await verify(signed, IDENTITY, GITHUB, 'roots.jsonl')).toMatchObject({ kind: 'signed' })
  })

  test('a file that is no trust root, or that nobody could tell the time by, is refused', async () => {
    await lab.cosign(['trusted-root', 'create', `--fulcio=url=${sigstore.url},certificate-chain=${sigstore.authority}`, '--out', 'timeless.json'])
    await expect(verify(signed, IDENTITY, GITHUB, 'timeless.json')).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining('when a certificate was used') })
    await expect(verify(signed, IDENTITY, GITHUB, 'services.json')).rejects.toMatchObject({ code: 'config-invalid' })
    await expect(verify(signed, IDENTITY, GITHUB, 'absent.json')).rejects.toMatchObject({ code: 'file-missing' })
  })

  describe('the identity of a job', () => {
    test('is asked of GitHub, and is a secret', async () => {
      const asked: string[] = []
      const given = identityToken(MAIN)
      const server = http.createServer(({ url, headers }, response) => {
        asked.push(`${url} ${headers.authorization}`)
        response.end(JSON.stringify({ value: given }))
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      try {
        const env = { ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/token?v=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'asking' }
        expect(await signer(env).sign(await lab.image())).toMatchObject({ fresh: true })
      } finally {
        server.close()
      }
      expect(asked).toEqual(['/token?v=1&audience=sigstore bearer asking'])
      expect(lab.masked).toContain(given)
      expect(JSON.stringify(lab.started.map(({ argv }) => argv))).not.toContain(given)
    })

    test('is missed in plain words, never asked for in a browser', async () => {
      await expect(signer({}).sign(signed)).rejects.toMatchObject({ code: 'signing-failed', fix: expect.stringContaining('`id-token: write`') })
      const fault = await signer({ SIGSTORE_ID_TOKEN: 'no-token-at-all' }).sign(signed).catch((thrown: unknown) => thrown)
      expect(fault).toMatchObject({ code: 'signing-failed', fix: expect.stringContaining('SIGSTORE_ID_TOKEN') })
      expect(String(fault)).not.toContain('no-token-at-all')
    })

    test('that nobody certifies signs nothing', async () => {
      const image = await lab.image()
      sigstore.down = true
      try {
        await expect(signer(token(MAIN)).sign(image)).rejects.toMatchObject({ code: 'signing-failed', message: expect.stringContaining('the authority rests') })
      } finally {
        sigstore.down = false
      }
      expect(await verify(image, IDENTITY)).toMatchObject({ kind: 'unsigned' })
    })
  })
})
