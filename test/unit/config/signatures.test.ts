import { describe, expect, test } from '@jest/globals'
import { loadEnvironment } from '../../../core/config/load.js'
import { buildOf, environmentOf, problemsOf, production } from './lab.js'

const KEY = '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n'
const REPOSITORY = '  repository: registry.example/acme/shop\n'
const signing = (written: string): string => `app: shop\nbuild:\n${REPOSITORY}  sign: ${written}\n`
const signOf = async (written: string, env: Readonly<Record<string, string>> = {}) => (await buildOf({ file: signing(written), env })).sign
const refused = (written: string, env: Readonly<Record<string, string>> = {}) => problemsOf({ file: signing(written), env }, buildOf)
const verifyOf = async (...lines: readonly string[]) => (await environmentOf({ file: production(...lines) })).verify

describe('build.sign', () => {
  test('takes the identity of the job, a key from a secret, or one in a key service', async () => {
    expect(await signOf('cosign')).toEqual({ name: 'cosign' })
    expect(await signOf('{ cosign: }')).toEqual({ name: 'cosign' })
    expect(await signOf('{ cosign: { key: "${env:COSIGN_KEY}", password: "${env:COSIGN_PASSWORD}" } }', { COSIGN_KEY: KEY, COSIGN_PASSWORD: 'pw' })).toEqual({ name: 'cosign', key: KEY, password: 'pw' })
    expect(await signOf('{ cosign: { key: "awskms:///alias/signing" } }')).toEqual({ name: 'cosign', key: 'awskms:///alias/signing' })
    expect(await signOf('{ cosign: { signing-config: services.json, trusted-root: root.json } }')).toEqual({ name: 'cosign', signingConfig: 'services.json', trustedRoot: 'root.json' })
  })

  test('hides key and password', async () => {
    const hidden: string[] = []
    await buildOf({ file: signing('{ cosign: { key: "${env:COSIGN_KEY}", password: "${env:COSIGN_PASSWORD}" } }'), env: { COSIGN_KEY: KEY, COSIGN_PASSWORD: 'pw-4711' }, hide: (secret) => void hidden.push(secret) })
    expect(hidden).toEqual(expect.arrayContaining([KEY, 'pw-4711']))
  })

  test('takes no file for a key, no literal secret, nothing that it does not know', async () => {
    expect(await refused('{ cosign: { key: cosign.key } }')).toEqual([expect.stringMatching(/^config-invalid ecluse\.yml:4:\d+: `build\.sign\.cosign\.key` is neither a private key nor.*`\$\{env:COSIGN_KEY\}`\.$/)])
    expect(await refused('{ cosign: { password: open-sesame } }')).toEqual([expect.stringContaining('`build.sign.cosign.password` holds what its name calls a secret'), expect.stringContaining('there is no `key` that it could open')])
    expect(await problemsOf({ file: 'app: shop\nbuild: { sign: cosign }\n' }, buildOf)).toEqual([expect.stringMatching(/`build\.sign` needs the builder `buildx`.*`build\.repository`/)])
    expect(await refused('notary')).toEqual([expect.stringContaining('Write `cosign`, or a mapping')])
    expect(await refused('{ cosign: { keys: x } }')).toEqual([expect.stringContaining('Did you mean `key`?')])
    expect((await refused('{ cosign: { key: "${env:COSIGN_KEY}" } }', { COSIGN_KEY: 'not-a-key-4711' })).join()).not.toContain('4711')
  })

  test('is asked for its variables only by who builds', async () => {
    const file = `${signing('{ cosign: { key: "${env:COSIGN_KEY}" } }')}environments: { production: { url: "https://shop.example" } }\n`
    expect(await refused('{ cosign: { key: "${env:COSIGN_KEY}" } }')).toEqual([expect.stringContaining('needs the environment variable `COSIGN_KEY`')])
    await expect(environmentOf({ file })).resolves.toMatchObject({ url: 'https://shop.example' })
  })
})

describe('verify', () => {
  test('takes a rule or several', async () => {
    expect(await verifyOf('url: https://shop.example')).toBeUndefined()
    expect(await verifyOf('verify: { key: cosign.pub }')).toEqual([{ kind: 'key', key: 'cosign.pub' }])
    expect(await verifyOf('verify:', '  - { github: acme/shop, workflow: .github/workflows/deliver.yml, trusted-root: root.jsonl }', '  - { identity: /.+@shop\\.example/, issuer: https://accounts.example }')).toEqual([
      { kind: 'github', repository: 'acme/shop', workflow: '.github/workflows/deliver.yml', trustedRoot: 'root.jsonl' },
      { kind: 'keyless', identity: '/.+@shop\\.example/', issuer: 'https://accounts.example' },
    ])
  })

  test('says all that is wrong at once, and where', async () => {
    const problems = await problemsOf({ file: production('verify:', '  - {}', '  - { key: cosign.pub, github: acme/shop }', '  - { identity: ann@shop.example }', '  - { key: a.pub, issuer: x, workflow: .github/workflows/a.yml, trusted-root: r }', '  - { identity: /(?=a)b/, issuer: /(/ }') })
    expect(problems).toEqual([
      expect.stringMatching(/^config-invalid ecluse\.yml:5:\d+: `environments\.production\.verify\.0` names nobody\./),
      expect.stringMatching(/ecluse\.yml:6:\d+: `environments\.production\.verify\.1` names key and github in one rule/),
      expect.stringMatching(/verify\.2\.identity` stands without `issuer`/),
      expect.stringMatching(/verify\.3\.issuer` stands without `identity`/),
      expect.stringMatching(/verify\.3\.workflow` stands without `github`/),
      expect.stringMatching(/verify\.3\.trusted-root` stands with `key`/),
      expect.stringMatching(/verify\.4\.identity` is no pattern/),
      expect.stringMatching(/verify\.4\.issuer` is no pattern/),
    ])
  })

  test('never means nobody: an empty list, a private key, names that are none', async () => {
    expect(await problemsOf({ file: production('verify: []') })).toEqual([expect.stringContaining('at least one rule')])
    expect(await problemsOf({ file: production('verify:') })).toHaveLength(1)
    expect(await problemsOf({ file: production('verify: { github: shop }') })).toEqual([expect.stringContaining('a repository, such as `acme/shop`')])
    expect(await problemsOf({ file: production('verify: { github: acme/shop, workflow: deliver.yml }') })).toEqual([expect.stringContaining('a workflow, such as')])
    expect(await problemsOf({ file: production('verify: { keys: cosign.pub }') })).toEqual([expect.stringContaining('Did you mean `key`?')])
  })

  test('is asked for its variables only by who goes forward: going back needs none', async () => {
    const file = production('url: https://shop.example', 'verify: { key: "${env:COSIGN_PUB}" }')
    await expect(environmentOf({ file })).resolves.toMatchObject({ url: 'https://shop.example' })
    const asked = { files: { textIfThere: async (path: string) => (path === '/checkout/ecluse.yml' ? file : undefined) }, path: '/checkout/ecluse.yml', shownAs: 'ecluse.yml', optional: false, overrides: {}, fallbackApp: 'shop', name: 'production', needed: ['verify'] }
    await expect(loadEnvironment({ ...asked, env: {} })).rejects.toMatchObject({ message: expect.stringContaining('`COSIGN_PUB`') })
    await expect(loadEnvironment({ ...asked, env: { COSIGN_PUB: 'release.pub' } })).resolves.toMatchObject({ verify: [{ kind: 'key', key: 'release.pub' }] })
  })
})
