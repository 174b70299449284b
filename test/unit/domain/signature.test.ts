import { describe, expect, test } from '@jest/globals'
import { certificateAsked, isKeyAddress, matches, type SignerRule } from '../../../core/domain/signature.js'
import { refusalOf, type Found, type Unverified } from '../../../core/domain/signature-evidence.js'

const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`
const SIGN = 'https://sigstore.dev/cosign/sign/v1'
const PROVENANCE = 'https://slsa.dev/provenance/v1'
const ISSUER = 'https://token.actions.githubusercontent.com'

const key: SignerRule = { kind: 'key', key: 'cosign.pub' }
const keyless: SignerRule = { kind: 'keyless', identity: 'ann@shop.example', issuer: 'https://accounts.example' }
const github: SignerRule = { kind: 'github', repository: 'acme/shop' }

const byKey = (hint?: string, more: Partial<Found> = {}): Found => ({ by: { kind: 'key', ...(hint === undefined ? {} : { hint }) }, subjects: [DIGEST], predicate: SIGN, ...more })
const byName = (identity: string, more: Partial<Found> = {}, issuer = 'https://accounts.example', repository = ''): Found => ({ by: { kind: 'certificate', identity, issuer, repository }, subjects: [DIGEST], predicate: SIGN, ...more })
const byWorkflow = (workflow: string, repository = 'acme/shop', more: Partial<Found> = {}): Found => byName(`https://github.com/${workflow}@refs/heads/main`, { predicate: PROVENANCE, ...more }, ISSUER, repository)
const olderSignature = (subjects: readonly string[]): Found => ({ by: { kind: 'key' }, subjects })

const told = (rule: SignerRule, found: readonly Found[], more: Partial<Unverified> = {}): string => refusalOf({ rule, hint: 'ours', digest: DIGEST, found, said: 'why', ...more }).kind

describe('an image that was not verified', () => {
  test.each<readonly [string, SignerRule, readonly Found[], string]>([
    ['nothing beside it', key, [], 'unsigned'],
    ['a list of packages by our key', key, [byKey('ours', { predicate: 'https://spdx.dev/Document' })], 'unsigned'],
    ['provenance where a signature is asked for', keyless, [byName('ann@shop.example', { predicate: PROVENANCE })], 'unsigned'],
    ['a signature where provenance is asked for', github, [byWorkflow('acme/shop/.github/workflows/a.yml', 'acme/shop', { predicate: SIGN })], 'unsigned'],
    ['another key', key, [byKey('theirs')], 'foreign'],
    ['another key, for another image', key, [byKey('theirs', { subjects: [OTHER] })], 'foreign'],
    ['a name where a key is asked for', key, [byName('ann@shop.example')], 'foreign'],
    ['a key where a name is asked for', keyless, [byKey('ours')], 'foreign'],
    ['another name', keyless, [byName('bob@shop.example')], 'foreign'],
    ['the name by another issuer', keyless, [byName('ann@shop.example', {}, 'https://evil.example')], 'foreign'],
    ['a workflow of another repository', github, [byWorkflow('evil/shop/.github/workflows/a.yml', 'evil/shop')], 'foreign'],
    ['a repository whose name begins as ours', github, [byWorkflow('acme/shop-2/.github/workflows/a.yml', 'acme/shop-2')], 'foreign'],
    ['our workflow, run for another repository', github, [byWorkflow('acme/shop/.github/workflows/a.yml', 'evil/shop')], 'foreign'],
    ['our key, damaged', key, [byKey('ours')], 'invalid'],
    ['our key, for another image', key, [byKey('ours', { subjects: [OTHER] })], 'invalid'],
    ['our name, not certified or not logged', keyless, [byName('ann@shop.example')], 'invalid'],
    ['our workflow, for another image', github, [byWorkflow('acme/shop/.github/workflows/a.yml', 'acme/shop', { subjects: [OTHER] })], 'invalid'],
    ['ours that does not hold, beside one of others', key, [byKey('theirs'), byKey('ours')], 'invalid'],
    ['of the older form, for another image', key, [olderSignature([OTHER])], 'invalid'],
    ['of the older form, by whomever', key, [olderSignature([DIGEST])], 'foreign'],
    ['one that can not be read', key, [{ by: { kind: 'key' }, subjects: [DIGEST] }], 'foreign'],
  ])('%s', (_, rule, found, kind) => {
    expect(told(rule, found)).toBe(kind)
  })

  test('is told with who signed it, each once', () => {
    const { seen } = refusalOf({ rule: key, digest: DIGEST, said: '', found: [byName('bob@shop.example'), byName('bob@shop.example'), byKey('theirs')] })
    expect(seen).toBe('its signature is by bob@shop.example (by https://accounts.example), another key (SHA-256 theirs)')
  })
})

describe('what is asked of a certificate', () => {
  const identity = (rule: Exclude<SignerRule, { kind: 'key' }>, text: string): boolean => matches(certificateAsked(rule).identity, text)
  const of = (pattern: string): Extract<SignerRule, { kind: 'keyless' }> => ({ kind: 'keyless', identity: pattern, issuer: ISSUER })

  test('a name is that name, a pattern is all of it', () => {
    expect(identity(of('a.b'), 'axb')).toBe(false)
    expect(identity(of('/a.b/'), 'axb')).toBe(true)
    expect(identity(of('/a.b|c/'), 'https://evil.example/axb')).toBe(false)
    expect(identity(of('/a.b|c/'), 'c/d')).toBe(false)
    expect(identity(of('/x/y'), '/x/y')).toBe(true)
  })

  test('a repository has workflows of its own, unless another is named', () => {
    const at = (workflow: string): string => `https://github.com/${workflow}@refs/heads/main`
    expect(identity(github, at('acme/shop/.github/workflows/a.yml'))).toBe(true)
    for (const stray of [at('acme/shopX.github/workflows/a.yml'), at('acme/shop/x/.github/workflows/a.yml'), `${at('evil/x/.github/workflows/a.yml')}/https://github.com/acme/shop/.github/workflows/a.yml@x`, 'https://github.com/acme/shop/.github/workflows/a.yml']) expect(identity(github, stray)).toBe(false)
    const named = { ...github, workflow: '.github/workflows/a.yml' }
    expect([identity(named, at('acme/shop/.github/workflows/a.yml')), identity(named, at('acme/shop/.github/workflows/b.yml')), identity(named, at('acme/shop/.github/workflows/aXyml'))]).toEqual([true, false, false])
    const reused = { ...github, workflow: 'ecluse-cd/ecluse/.github/workflows/deliver.yml' }
    expect([identity(reused, at('ecluse-cd/ecluse/.github/workflows/deliver.yml')), identity(reused, at('acme/shop/.github/workflows/deliver.yml'))]).toEqual([true, false])
    expect(certificateAsked(reused)).toMatchObject({ repository: 'acme/shop', issuer: { exactly: ISSUER } })
  })

  test('addresses in key services are no files', () => {
    expect(['awskms:///alias/a', 'gcpkms://projects/a', 'azurekms://v/k', 'hashivault://k'].every(isKeyAddress)).toBe(true)
    expect(['cosign.pub', 'https://keys.example/cosign.pub', 'env://KEY', 'k8s://ns/name', 'awskms:// a'].some(isKeyAddress)).toBe(false)
  })
})
