import { certificateAsked, matches, patternIn, PROVENANCE, signerWords, type Matcher, type SignerRule, type Verified } from '../../../domain/signature.js'
import { isKindOf, refusalOf, signatoryWords, type Found } from '../../../domain/signature-evidence.js'
import { decodeText, list, object, text } from '../../../domain/local-control/decode.js'
import { pinnedImage, type ImageReference } from '../../../domain/release.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { evidenceIn } from './evidence.js'
import { faultOf, isVerdict, nothingThere, ofOthers, said, sawOne, type Ran } from './faults.js'
import { publicKey, type PublicKey } from './keys.js'
import { ASK_MS, reaching, type Cosign } from './program.js'
import { builderIn } from './provenance.js'
import { nobody, trustFlags, withFiles } from './trust.js'

/** A rule as cosign takes it. */
interface Question {
  readonly rule: SignerRule
  readonly image: ImageReference
  readonly digest: string
  readonly what: string
  readonly argv: readonly string[]
  /** What certificates are trusted by. */
  readonly trust: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly hint?: string
}

export async function verify(image: ImageReference, rule: SignerRule, cosign: Cosign, ambient: Ambient): Promise<Verified> {
  if (rule.kind === 'key') return withKey(image, rule, await publicKey(rule.key, cosign, ambient), cosign, ambient)
  const subject = subjectOf(image)
  return withFiles(ambient, async (write) => {
    const answers: Verified[] = []
    for (const trust of await trustFlags(rule.trustedRoot, write, ambient)) {
      const answer = await ask({ rule, ...subject, argv: certificateFlags(rule), trust }, cosign)
      if (answer.kind === 'signed') return answer
      answers.push(answer)
    }
    // Of several roots, the one under which it holds least was not meant.
    return answers.find(({ kind }) => kind !== 'invalid') ?? answers[0]!
  })
}

/** A key is trusted by itself: no log has to know of what it signed. */
export function withKey(image: ImageReference, rule: SignerRule, { argv, env, hint }: PublicKey, cosign: Cosign, ambient: Ambient): Promise<Verified> {
  const subject = subjectOf(image)
  return withFiles(ambient, async (write) => ask({ rule, ...subject, argv: [...argv, '--insecure-ignore-tlog=true'], trust: await nobody(write), env, hint }, cosign))
}

function subjectOf(image: ImageReference): Pick<Question, 'image' | 'digest' | 'what'> {
  const pinned = pinnedImage(image)
  if (pinned === undefined) throw new InputError([{ code: 'image-not-pinned', message: `Who signed "${image}" can't be asked: it is not named by digest.` }])
  return { image, digest: pinned.digest, what: `verify the signature of ${image}` }
}

function certificateFlags(rule: Exclude<SignerRule, { kind: 'key' }>): readonly string[] {
  const { identity, issuer, repository } = certificateAsked(rule)
  const flag = (name: string, matcher: Matcher): readonly string[] => ('exactly' in matcher ? [`--${name}`, matcher.exactly] : [`--${name}-regexp`, matcher.pattern])
  return [...flag('certificate-identity', identity), ...flag('certificate-oidc-issuer', issuer), ...(repository === undefined ? [] : ['--certificate-github-workflow-repository', repository])]
}

async function ask(question: Question, cosign: Cosign): Promise<Verified> {
  const first = await attempt(question, [...(await cosign.bundles()), ...question.trust], cosign)
  if (first.by !== undefined) return { kind: 'signed', by: await signer(question, first.by, cosign) }
  if (first.ran.exitCode !== 0 && !isVerdict(first.ran)) throw faultOf(question.what, first.ran)
  // Beside attestations a signature of the older form is looked for only when it is asked for.
  const older = question.rule.kind === 'github' ? undefined : await attempt(question, ['--new-bundle-format=false', ...(question.rule.kind === 'key' ? [] : question.trust)], cosign)
  if (older?.by !== undefined) return { kind: 'signed', by: await signer(question, older.by, cosign) }
  const found = await evidence(question, cosign)
  // Before 3.0.3 cosign verifies bundles, but shows none: then its own words are all there is.
  if (found.length === 0 && sawOne(first.ran)) return { kind: ofOthers(first.ran) ? 'foreign' : 'invalid', seen: `what is there does not fit: ${said(first.ran)}` }
  return refusalOf({ ...question, found, said: first.ran.exitCode === 0 ? 'only other statements were verified' : said(first.ran) })
}

/** `by` is there when an image of this very digest was verified, by a statement of the right kind. */
async function attempt({ rule, image, digest, what, argv, env }: Question, format: readonly string[], cosign: Cosign): Promise<{ readonly ran: Ran; readonly by?: string }> {
  const github = rule.kind === 'github'
  const verb = github ? ['verify-attestation', '--type', PROVENANCE] : ['verify', '--output', 'json']
  const ran = await cosign.ask({ what, argv: [...verb, ...format, ...argv, ...reaching(image), image], ...(env === undefined ? {} : { env }), timeoutMs: ASK_MS })
  if (ran.exitCode !== 0) return { ran }
  const by = github ? builderIn(ran.stdout, digest) : subjectIn(ran.stdout, rule, digest)
  return { ran, ...(by === undefined ? {} : { by }) }
}

interface Printed {
  readonly critical: { readonly image: { readonly 'docker-manifest-digest': string }; readonly type: string }
}

const printed = list(object<Printed>({
  critical: object<Printed['critical']>({ image: object<Printed['critical']['image']>({ 'docker-manifest-digest': text }), type: text }),
}))

const OLDER = 'cosign container image signature'

function subjectIn(stdout: string, rule: SignerRule, digest: string): string | undefined {
  const line = stdout.split('\n').find((one) => one.startsWith('['))
  const all = line === undefined ? [] : decodeText(printed, line, 'verified')
  const fits = all.some(({ critical }) => critical.image['docker-manifest-digest'] === digest && isKindOf(rule, critical.type === OLDER ? undefined : critical.type))
  return fits ? '' : undefined
}

/** Who it was, where the rule leaves that open. */
async function signer(question: Question, named: string, cosign: Cosign): Promise<string> {
  const { rule } = question
  if (named !== '') return named
  if (rule.kind !== 'keyless' || (patternIn(rule.identity) === undefined && patternIn(rule.issuer) === undefined)) return signerWords(rule)
  const { identity, issuer } = certificateAsked(rule)
  const fitting = (await evidence(question, cosign)).find(({ by }) => by.kind === 'certificate' && matches(identity, by.identity) && matches(issuer, by.issuer))
  return fitting === undefined ? signerWords(rule) : signatoryWords(fitting.by)
}

/** All that lies beside the image. Rejects when the registry does not say. */
async function evidence({ image, what }: Question, cosign: Cosign): Promise<readonly Found[]> {
  const lines = await Promise.all(['signature', 'attestation'].map(async (kind) => {
    const ran = await cosign.ask({ what, argv: ['download', kind, ...reaching(image), image], timeoutMs: ASK_MS })
    if (ran.exitCode !== 0 && !nothingThere(ran)) throw faultOf(what, ran)
    return ran.exitCode === 0 ? ran.stdout : ''
  }))
  return evidenceIn(lines.join('\n'))
}
