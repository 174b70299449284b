import path from 'node:path'
import type { SignWith } from '../../../domain/environment.js'
import { pinnedImage, type ImageReference } from '../../../domain/release.js'
import type { Verified } from '../../../domain/signature.js'
import { InputError, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Signed } from '../../../ports/signatures.js'
import { identityOf, type IdentitySource } from './identity-token.js'
import { privateKey, publicHalf } from './keys.js'
import { reaching, SIGN_MS, type Cosign } from './program.js'
import { alone, withFiles } from './trust.js'
import { verify, withKey } from './verify.js'

/** Two who sign one image at once may overwrite each other's entry where the registry keeps no list of its own. */
const ATTEMPTS = 3

/** How one signer signs, and how its own signature is told. */
interface Way {
  readonly by: string
  /** `undefined`: it can't be told beforehand. */
  readonly look: (() => Promise<Verified>) | undefined
  readonly after: () => Promise<Verified>
  readonly put: () => Promise<unknown>
}

export async function sign(image: ImageReference, signWith: SignWith, source: IdentitySource, cosign: Cosign, ambient: Ambient): Promise<Signed> {
  const way = await wayOf(image, signWith, source, cosign, ambient)
  if ((await way.look?.())?.kind === 'signed') return { by: way.by, fresh: false }
  let seen: Verified | undefined
  for (let attempt = 0; attempt < ATTEMPTS && seen?.kind !== 'signed'; attempt += 1) {
    await way.put()
    seen = await way.after()
  }
  if (seen?.kind !== 'signed') throw new StateError('signing-failed', { message: `Signed ${image} as ${way.by}, and its signature is not seen there: ${seen?.seen ?? 'nothing'}.` })
  return { by: way.by, fresh: true }
}

export async function signed(image: ImageReference, signWith: SignWith, source: IdentitySource, cosign: Cosign, ambient: Ambient): Promise<boolean> {
  const { look } = await wayOf(image, signWith, source, cosign, ambient)
  return (await look?.())?.kind === 'signed'
}

async function wayOf(image: ImageReference, signWith: SignWith, source: IdentitySource, cosign: Cosign, ambient: Ambient): Promise<Way> {
  if (pinnedImage(image) === undefined) throw new InputError([{ code: 'image-not-pinned', message: `"${image}" can't be signed: it is not named by digest.` }])
  return signWith.key === undefined ? keyless(image, signWith, source, cosign, ambient) : keyed(image, signWith.key, signWith, cosign, ambient)
}

async function keyed(image: ImageReference, key: string, { password, signingConfig, trustedRoot }: SignWith, cosign: Cosign, ambient: Ambient): Promise<Way> {
  const flags = privateKey(key, password)
  const half = await publicHalf(flags, cosign)
  const look = (): Promise<Verified> => withKey(image, { kind: 'key', key: half.pem }, half, cosign, ambient)
  const by = `the key with SHA-256 ${half.hint}`
  const put = (): Promise<unknown> => withFiles(ambient, async (write) => {
    const services = signingConfig === undefined ? await alone(write) : ownServices({ signingConfig, trustedRoot }, ambient)
    return push(image, { argv: [...flags.argv, ...services], env: flags.env }, cosign)
  })
  return { by, look, after: look, put }
}

async function keyless(image: ImageReference, { signingConfig, trustedRoot }: SignWith, source: IdentitySource, cosign: Cosign, ambient: Ambient): Promise<Way> {
  const { token, issuer, subject } = await identityOf(source, ambient)
  const trust = trustedRoot === undefined ? {} : { trustedRoot }
  const look = subject === undefined ? undefined : (): Promise<Verified> => verify(image, { kind: 'keyless', identity: subject, issuer, ...trust }, cosign, ambient)
  const after = look ?? ((): Promise<Verified> => verify(image, { kind: 'keyless', identity: '/.+/', issuer, ...trust }, cosign, ambient))
  const services = signingConfig === undefined ? [...(await cosign.services()), ...rootFlag(trustedRoot, ambient)] : ownServices({ signingConfig, trustedRoot }, ambient)
  const put = (): Promise<unknown> => push(image, { argv: services, env: { SIGSTORE_ID_TOKEN: token } }, cosign)
  return { by: `${subject ?? 'this job'} (by ${issuer})`, look, after, put }
}

function ownServices({ signingConfig, trustedRoot }: { readonly signingConfig: string; readonly trustedRoot: string | undefined }, ambient: Ambient): readonly string[] {
  return ['--signing-config', path.resolve(ambient.paths.work, signingConfig), ...rootFlag(trustedRoot, ambient)]
}

function rootFlag(trustedRoot: string | undefined, ambient: Ambient): readonly string[] {
  return trustedRoot === undefined ? [] : ['--trusted-root', path.resolve(ambient.paths.work, trustedRoot)]
}

async function push(image: ImageReference, { argv, env }: { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> }, cosign: Cosign): Promise<void> {
  await cosign.do({ what: `sign ${image}`, argv: ['sign', '--yes', ...(await cosign.bundles()), ...argv, ...reaching(image), image], env, timeoutMs: SIGN_MS })
}
