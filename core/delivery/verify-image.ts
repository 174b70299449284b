import { servingImage, type ImageReference } from '../domain/release.js'
import { signerWords, type SignerRule, type Verified } from '../domain/signature.js'
import { StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Signatures } from '../ports/signatures.js'
import type { DeliveryRequest } from './request.js'

export type SignatureReason = 'unsigned' | 'foreign-signature' | 'invalid-signature'

/** Who signed the images of a release, or why they may not run here. */
export type SignatureCheck =
  /** `lines` are for plan and summary; none where nothing is asked. */
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly reason: SignatureReason; readonly message: string; readonly lines: readonly string[] }

const REASONS = { unsigned: 'unsigned', foreign: 'foreign-signature', invalid: 'invalid-signature' } as const satisfies Record<Exclude<Verified['kind'], 'signed'>, SignatureReason>
/** The worst is told: a signature that does not hold is a sign of tampering, one by others a sign of a mix-up. */
const WORST = ['invalid', 'foreign', 'unsigned'] as const

/**
 * Every image of the release against the environment's `verify`; any of its rules will do. Rejects when it could not be
 * found out: nothing goes forward then. Neither `force` nor `break-glass` passes it.
 */
export async function checkSignatures({ environment, release }: DeliveryRequest, open: (() => Promise<Signatures>) | undefined, ambient: Ambient): Promise<SignatureCheck> {
  const rules = environment.verify ?? []
  if (rules.length === 0) return { ok: true, lines: [] }
  ambient.log.step(`Verify who signed ${release.version}`)
  const all = await Promise.all(Object.entries(release.images).map(async ([component, image]) => ({ component, image, verified: await verified(image, rules, open) })))
  const lines = all.map(({ component, image, verified: found }) => `${component}: ${found.kind === 'signed' ? `signed by ${found.by}` : `${image} is refused, ${found.seen}`}`)
  const refused = WORST.flatMap((kind) => all.flatMap(({ image, verified: found }) => (found.kind === kind ? [{ image, found }] : [])))[0]
  if (refused === undefined) return { ok: true, lines }
  const { image, found } = refused
  return {
    ok: false, lines, reason: REASONS[found.kind],
    message: `\`${environment.name}\` takes only images that are signed by ${rules.map(signerWords).join(', or ')}; of ${image === servingImage(release) ? 'the image' : image}, ${found.seen}. ${REMEDY[found.kind]}`,
  }
}

const REMEDY: Readonly<Record<keyof typeof REASONS, string>> = {
  unsigned: 'Build it with `build.sign`, or deliver an image that is signed.',
  foreign: 'Deliver an image that comes from where it should, or correct `verify`.',
  invalid: 'Find out how it got there before anything else; then build it again.',
}

const NO_REGISTRY = 'oci-layout://'

async function verified(image: ImageReference, rules: readonly SignerRule[], open: (() => Promise<Signatures>) | undefined): Promise<Verified> {
  if (image.startsWith(NO_REGISTRY)) return { kind: 'unsigned', seen: 'it is a folder on a disk, and signatures lie beside images in a registry' }
  if (open === undefined) throw new StateError('signing-failed', { message: `Could not verify who signed ${image}: nothing here can.` })
  const signatures = await open()
  const refusals: Exclude<Verified, { kind: 'signed' }>[] = []
  const faults: unknown[] = []
  for (const rule of rules) {
    try {
      const found = await signatures.verify(image, rule)
      if (found.kind === 'signed') return found
      refusals.push(found)
    } catch (fault) {
      // Another rule may do all the same; if none does, that one was not asked is the answer.
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw faults[0]
  return WORST.flatMap((kind) => refusals.filter((one) => one.kind === kind))[0]!
}
