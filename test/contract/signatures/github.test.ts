import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { SignerRule } from '../../../core/domain/signature.js'
import { withEngines } from '../../support/engines/index.js'
import { identityToken, startSigstore, type Sigstore } from '../../support/services/sigstore.js'
import { fileIn, signatureLab, type SignatureLab } from '../../support/signature-lab.js'

const GITHUB = 'https://token.actions.githubusercontent.com'
const OURS = '.github/workflows/deliver.yml'
const REUSED = 'ecluse-cd/ecluse/.github/workflows/deliver.yml'

/** As `actions/attest` writes it, and with what it certifies: the workflow that ran, and the repository that it ran for. */
withEngines(['docker', 'cosign', 'openssl'], 'attestations of GitHub', (pathOf) => {
  let lab: SignatureLab
  let sigstore: Sigstore

  beforeAll(async () => {
    lab = await signatureLab()
    sigstore = await startSigstore(pathOf('openssl'))
    const since = 'start-time=2024-01-01T00:00:00Z,operator=ours'
    await lab.cosign(['signing-config', 'create', `--fulcio=url=${sigstore.url},api-version=1,${since}`, `--tsa=url=${sigstore.url}/api/v1/timestamp,api-version=1,${since}`, '--tsa-config=ANY', '--out', 'services.json'])
    await lab.cosign(['trusted-root', 'create', `--fulcio=url=${sigstore.url},certificate-chain=${sigstore.authority}`, `--tsa=url=${sigstore.url}/api/v1/timestamp,certificate-chain=${sigstore.timestamps}`, '--out', 'root.json'])
  })
  afterAll(async () => {
    await sigstore?.stop()
    await lab.close()
  })

  interface By {
    readonly workflow?: string
    readonly repository?: string
    readonly type?: string
  }

  async function attested({ workflow = `acme/shop/${OURS}`, repository = 'acme/shop', type = 'slsaprovenance1' }: By = {}): Promise<string> {
    const image = await lab.image()
    const predicate = { buildDefinition: { buildType: 'https://actions.github.io/buildtypes/workflow/v1', externalParameters: { workflow: { ref: 'refs/heads/main', repository: `https://github.com/${repository}`, path: OURS } } }, runDetails: { builder: { id: `https://github.com/${workflow}@refs/heads/main` } } }
    const file = await fileIn(lab, 'predicate.json', type === 'slsaprovenance1' ? JSON.stringify(predicate) : '{"spdxVersion":"SPDX-2.3"}')
    const token = identityToken({ iss: GITHUB, job_workflow_ref: `${workflow}@refs/heads/main`, repository })
    await lab.cosign(['attest', '--yes', '--signing-config', 'services.json', '--trusted-root', 'root.json', '--type', type, '--predicate', file, '--allow-http-registry', image], { SIGSTORE_ID_TOKEN: token })
    return image
  }

  const verify = (image: string, rule: Partial<Extract<SignerRule, { kind: 'github' }>> = {}) => lab.signatures.verify(image, { kind: 'github', repository: 'acme/shop', trustedRoot: 'root.json', ...rule })

  test('say which workflow built the image', async () => {
    const image = await attested()
    const by = { kind: 'signed', by: `${OURS}@refs/heads/main of https://github.com/acme/shop` }
    expect(await verify(image)).toEqual(by)
    expect(await verify(image, { workflow: OURS })).toEqual(by)
  })

  test('of another workflow or repository are foreign', async () => {
    const image = await attested()
    expect(await verify(image, { workflow: '.github/workflows/other.yml' })).toMatchObject({ kind: 'foreign', seen: expect.stringContaining(`acme/shop/${OURS}@refs/heads/main`) })
    expect(await verify(await attested({ workflow: `evil/shop/${OURS}`, repository: 'evil/shop' }))).toMatchObject({ kind: 'foreign', seen: expect.stringContaining('for evil/shop') })
    expect(await verify(await attested({ workflow: `acme/shop-x/${OURS}`, repository: 'acme/shop-x' }))).toMatchObject({ kind: 'foreign' })
  })

  test('by a reusable workflow of another repository hold when it is named, and only for our own repository', async () => {
    const [ours, theirs] = [await attested({ workflow: REUSED }), await attested({ workflow: REUSED, repository: 'evil/shop' })]
    expect(await verify(ours, { workflow: REUSED })).toMatchObject({ kind: 'signed' })
    expect(await verify(ours)).toMatchObject({ kind: 'foreign' })
    expect(await verify(theirs, { workflow: REUSED })).toMatchObject({ kind: 'foreign', seen: expect.stringContaining('for evil/shop') })
  })

  test('do not hold for another image, and others than of provenance are none', async () => {
    const [moved, empty] = [await lab.image(), await lab.image()]
    await lab.plant(moved, JSON.stringify((await lab.bundles(await attested()))[0]), 'https://slsa.dev/provenance/v1')
    expect(await verify(moved)).toMatchObject({ kind: 'invalid', seen: expect.stringContaining('is for another image') })
    expect(await verify(empty)).toEqual({ kind: 'unsigned', seen: 'the registry has no attestation of its provenance of it' })
    expect(await verify(await attested({ type: 'spdxjson' }))).toEqual({ kind: 'unsigned', seen: 'the registry has no attestation of its provenance of it, only https://spdx.dev/Document' })
  })
})
