import { z } from 'zod'
import type { SignWith } from '../domain/environment.js'
import { isKeyAddress, patternIn, type SignerRule } from '../domain/signature.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { formed, text } from './words.js'

const root = (whose: string): z.ZodOptional<z.ZodString> => text(`File with the trust root of another Sigstore than the public one${whose}.`, 'trusted-root.json').optional()

const cosign = z.strictObject({
  key: text('The private key, from a secret, or the address of one in a key service. Absent: the identity of the job signs.', '${env:COSIGN_KEY}', 'awskms:///alias/signing').optional(),
  password: text("The key's password, from a secret.", '${env:COSIGN_PASSWORD}').optional(),
  'signing-config': text('File with the services of another Sigstore than the public one, as `cosign signing-config create` makes it.', 'signing-config.json').optional(),
  'trusted-root': root(''),
}).nullable().meta({ description: 'cosign 2.6 or newer.', examples: [{ key: '${env:COSIGN_KEY}', password: '${env:COSIGN_PASSWORD}' }] })

const SIGN = '`cosign`, or a mapping such as `{ cosign: { key: "${env:COSIGN_KEY}" } }`'

export const signSchema = z.union([z.literal('cosign', { error: SIGN }), z.strictObject({ cosign })], { error: SIGN })
  .meta({ description: 'What signs the image in its registry: `cosign` by itself with the identity of the job (`id-token: write`), or with a key.', examples: ['cosign', { cosign: { key: '${env:COSIGN_KEY}', password: '${env:COSIGN_PASSWORD}' } }] })

const OWNER_AND_NAME = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+'

const rule = z.strictObject({
  key: text('A public key: its text, a file of the checkout, or the address of one in a key service.', 'cosign.pub').optional(),
  identity: text("Who signed without a key: a workflow's address or an e-mail, whole, or between slashes a pattern for all of it.", 'https://github.com/acme/shop/.github/workflows/deliver.yml@refs/heads/main', '/https://github\\.com/acme/.+@refs/heads/main/').optional(),
  issuer: text('Who vouches for the identity, whole or a pattern between slashes.', 'https://token.actions.githubusercontent.com').optional(),
  github: formed(new RegExp(`^${OWNER_AND_NAME}$`), 'a repository, such as `acme/shop`', { description: 'Repository whose workflows attest where they built the image: artifact attestations of GitHub, pushed to the registry.', examples: ['acme/shop'] }).optional(),
  workflow: formed(new RegExp(`^(?:${OWNER_AND_NAME}/)?\\.github/workflows/[^/@\\s]+\\.ya?ml$`), 'a workflow, such as `.github/workflows/deliver.yml`', { description: 'Only this workflow of it; with a repository before it, a reusable one from there.', examples: ['.github/workflows/deliver.yml', 'ecluse-cd/ecluse/.github/workflows/deliver.yml'] }).optional(),
  'trusted-root': root('; for a private repository, what `gh attestation trusted-root` prints'),
})

type RuleFile = z.infer<typeof rule>

const RULE = 'a rule such as `{ key: cosign.pub }`, or a list of such rules'

/** A rule or several; any of them will do. */
export const verifySchema = z.union([rule, z.array(rule).min(1, { error: 'at least one rule' })], { error: RULE })
  .meta({ description: 'Who must have signed an image before it may run here; of several rules any will do.', examples: [{ key: 'cosign.pub' }, [{ github: 'acme/shop' }, { identity: 'https://github.com/acme/shop/.github/workflows/deliver.yml@refs/heads/main', issuer: 'https://token.actions.githubusercontent.com' }]] })

export function signOf(file: z.infer<typeof signSchema> | undefined): SignWith | undefined {
  if (file === undefined) return undefined
  const { key, password, 'signing-config': signingConfig, 'trusted-root': trustedRoot } = (typeof file === 'string' ? undefined : file.cosign) ?? {}
  return {
    name: 'cosign',
    ...(key === undefined ? {} : { key }),
    ...(password === undefined ? {} : { password }),
    ...(signingConfig === undefined ? {} : { signingConfig }),
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  }
}

/** What the shape can't say. The values of key and password are in no message. */
export function signProblems(file: z.infer<typeof signSchema> | undefined, places: Places): readonly Problem[] {
  const sign = signOf(file)
  if (sign === undefined) return []
  const problem = tell(['sign', 'cosign'], places)
  const { key, password } = sign
  const shaped = key === undefined || key.startsWith('${env:') || isKeyAddress(key) || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)
  return [
    ...(shaped ? [] : [problem(['key'], 'is neither a private key nor the address of one in a key service', 'Put the content of `cosign.key` into a secret and write `${env:COSIGN_KEY}`.')]),
    ...(password !== undefined && key === undefined ? [problem(['password'], 'is given, and there is no `key` that it could open', 'Add `key`, or take the password out.')] : []),
  ]
}

export function verifyOf(file: z.infer<typeof verifySchema> | undefined): readonly SignerRule[] {
  return rulesIn(file).flatMap(({ written }) => ruleOf(written))
}

function rulesIn(file: z.infer<typeof verifySchema> | undefined): readonly { readonly written: RuleFile; readonly at: readonly (string | number)[] }[] {
  if (file === undefined) return []
  return Array.isArray(file) ? file.map((written, index) => ({ written, at: ['verify', index] })) : [{ written: file, at: ['verify'] }]
}

function ruleOf({ key, identity, issuer = '', github, workflow, 'trusted-root': trustedRoot }: RuleFile): readonly SignerRule[] {
  const trust = trustedRoot === undefined ? {} : { trustedRoot }
  if (key !== undefined) return [{ kind: 'key', key }]
  if (identity !== undefined) return [{ kind: 'keyless', identity, issuer, ...trust }]
  return github === undefined ? [] : [{ kind: 'github', repository: github, ...(workflow === undefined ? {} : { workflow }), ...trust }]
}

const COMPANIONS = [['issuer', 'identity'], ['workflow', 'github']] as const

/** Which keys belong together, and patterns that are none. */
export function verifyProblems({ verify }: { readonly verify?: z.infer<typeof verifySchema> | undefined }, places: Places): readonly Problem[] {
  return rulesIn(verify).flatMap(({ written, at }) => {
    const problem = tell(at, places)
    const kinds = (['key', 'identity', 'github'] as const).filter((kind) => written[kind] !== undefined)
    const [kind] = kinds
    return [
      ...(kinds.length === 1 ? [] : [problem([], kinds.length === 0 ? 'names nobody' : `names ${kinds.join(' and ')} in one rule`, 'Write one of `key`, `identity` (with `issuer`) and `github` in each rule; for several, write a list.')]),
      ...(kind === 'identity' && written.issuer === undefined ? [problem(['identity'], 'stands without `issuer`: the same name may be given by others', 'Add `issuer`, such as `https://token.actions.githubusercontent.com`.')] : []),
      ...COMPANIONS.flatMap(([key, needs]) => (written[key] !== undefined && written[needs] === undefined ? [problem([key], `stands without \`${needs}\``, `Add \`${needs}\`, or take it out.`)] : [])),
      ...(kind === 'key' && written['trusted-root'] !== undefined ? [problem(['trusted-root'], 'stands with `key`, which is trusted by itself', 'Take it out.')] : []),
      ...(written.key?.includes('PRIVATE KEY-----') === true ? [problem(['key'], 'is a private key', 'Name the public one, `cosign.pub`.')] : []),
      ...(['identity', 'issuer'] as const).flatMap((key) => (isPattern(written[key]) ? [] : [problem([key], 'is no pattern', 'Write a regular expression between slashes, without look-ahead, look-behind and back-references; or the whole name.')])),
    ]
  })
}

/** Patterns are read by two languages, so only what means the same in both. */
function isPattern(written: string | undefined): boolean {
  const pattern = written === undefined ? undefined : patternIn(written)
  if (pattern === undefined) return true
  if (/\(\?(?:[=!]|<[=!])|\\[1-9k]/.test(pattern)) return false
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

type Tell = (path: readonly (string | number)[], message: string, fix: string) => Problem

function tell(base: readonly (string | number)[], places: Places): Tell {
  return (path, message, fix) => ({ code: 'config-invalid', message: `${places.at([...base, ...path])}: \`${places.name([...base, ...path])}\` ${message}.`, fix })
}
