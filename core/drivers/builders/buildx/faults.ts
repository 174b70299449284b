import { InputError, ProcessError } from '../../../errors/families.js'
import type { ErrorCode } from '../../../errors/catalogue.js'
import type { Input } from './input.js'
import type { Progress, Step } from './progress.js'

interface Found {
  readonly code: ErrorCode
  /** What was observed: "`RUN npm ci` ended with exit code 1". */
  readonly observed: string
  readonly fix?: string
}

interface Scene {
  readonly input: Input
  readonly step: Step | undefined
  /** The last error that buildx told, without what it begins with always. */
  readonly said: string
  /** The line of the Dockerfile, when it was told, with what stands there. */
  readonly at?: { readonly line: number; readonly instruction: string }
}

/** Says where in the Dockerfile a build failed and what the step itself said last. */
export function buildFault(thrown: unknown, progress: Progress, input: Input): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code === 'aborted' || thrown.code === 'program-timeout') return thrown
  const scene = sceneOf(progress, input)
  const found = rules.map((rule) => rule(scene, thrown)).find((one) => one !== undefined)
  // What is told beside the words is the progress of every step, which nobody reads.
  const words = thrown.tail.filter((line) => !line.startsWith('{'))
  if (found === undefined) return new ProcessError(thrown.code, { message: thrown.message, fix: thrown.fix, argv: thrown.argv, tail: words, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }), cause: thrown })
  const { app, version } = input.request
  const place = scene.at === undefined ? '' : `${input.name}:${scene.at.line}: `
  const message = `Could not build \`${app}\` ${version}: ${place}${found.observed}.`
  const fix = found.fix === undefined ? {} : { fix: found.fix }
  if (found.code === 'dockerfile-invalid') return new InputError([{ code: found.code, message: `${place}${found.observed}.`, ...fix }])
  const tail = scene.step?.lines.length ? scene.step.lines : words
  return new ProcessError(found.code, { message, ...fix, argv: thrown.argv, tail, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }), cause: thrown })
}

function sceneOf(progress: Progress, input: Input): Scene {
  const told = progress.told()
  const said = (told.findLast((line) => line.startsWith('ERROR: ')) ?? '').replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '')
  const marked = told.flatMap((line) => {
    const { number, text } = /^\s*(?<number>\d+) \| >>> (?<text>.*)$/.exec(line)?.groups ?? {}
    return number === undefined ? [] : [{ line: Number(number), text: (text ?? '').trim() }]
  })
  const [first] = marked
  const instruction = marked.map(({ text }) => text.replace(/\s*\\$/, '')).join(' ')
  return { input, step: progress.failed(), said, ...(first === undefined ? {} : { at: { line: first.line, instruction: instruction.length > 120 ? `${instruction.slice(0, 119)}…` : instruction } }) }
}

const DENIED = /denied|unauthorized|forbidden|insufficient_scope|authentication required|no basic auth/i

type Rule = (scene: Scene, thrown: ProcessError) => Found | undefined

const rules: readonly Rule[] = [
  ({ step, said, at }) => {
    if (![said, ...(step?.lines ?? [])].some((line) => /no space left on device|disk quota exceeded/i.test(line))) return undefined
    return { code: 'disk-full', observed: `${at === undefined ? '' : `\`${at.instruction}\`: `}no room is left on the disk of the engine`, fix: 'Make room there: `docker system df` says what takes it, `docker builder prune` lets go of old layers.' }
  },
  // A program of another platform ends at once, and only its own line says why.
  ({ step, said, at, input }) => {
    if (![said, ...(step?.lines ?? [])].some((line) => /exec format error/i.test(line))) return undefined
    const platform = /^\[(?<platform>[a-z0-9]+\/[a-z0-9/]+) /.exec(step?.name ?? '')?.groups?.['platform'] ?? input.request.platforms.join(', ')
    return {
      code: 'emulation-missing',
      observed: `\`${at?.instruction ?? step?.name ?? 'a step'}\` is for ${platform}, and this machine can not run programs of that platform (exec format error)`,
      fix: `Set emulation up in a step before (QEMU, as \`docker/setup-qemu-action\` does), compile across with \`FROM --platform=$BUILDPLATFORM\`, or leave \`${platform}\` out of \`platforms\`.`,
    }
  },
  ({ step, said, at }) => {
    const { command, code } = /process "(?<command>.*)" did not complete successfully: exit code: (?<code>\d+)/s.exec(said)?.groups ?? {}
    if (command === undefined) return undefined
    const last = step?.lines.at(-1)
    return { code: 'build-failed', observed: `\`${at?.instruction ?? command}\` ended with exit code ${code}${last === undefined ? '' : `: "${last.slice(-200)}"`}`, fix: 'Read the last lines of the step; correct what they name.' }
  },
  ({ said }) => {
    const { line, why } = /dockerfile parse error on line (?<line>\d+): (?<why>.+)/i.exec(said)?.groups ?? {}
    return why === undefined ? undefined : { code: 'dockerfile-invalid', observed: `line ${line} can not be read: ${why}`, fix: 'Correct that line.' }
  },
  ({ said, at }) => {
    const path = /(?:failed to calculate checksum of ref \S+|failed to walk [^:]+|lstat [^:]+): (?:"(?<quoted>[^"]+)"|(?<plain>\S+)): not found/.exec(said)?.groups
    if (path === undefined) return undefined
    return { code: 'build-failed', observed: `\`${at?.instruction ?? 'COPY'}\` takes \`${path['quoted'] ?? path['plain']}\`, which is not there`, fix: 'Correct the path; look whether `.dockerignore` leaves it out.' }
  },
  ({ said, input }, thrown) => {
    if (!/buildkit-syft-scanner|sbom/i.test(said) && !(input.engine.sbomGenerator !== undefined && said.includes(input.engine.sbomGenerator))) return undefined
    return { code: thrown.code, observed: `\`attestations: full\` needs an image that lists the packages, and it can not be used: "${said.slice(0, 200)}"`, fix: 'Name one that this engine can fetch with `build.sbom-generator`, or set `attestations` to `provenance` or `none`.' }
  },
  // Before 0.22 the client pushed once more what the engine was to keep, and it keeps nothing.
  ({ step, said }) => (/^pushing \S+ with docker$/.test(step?.name ?? '') && /tag does not exist/.test(said) ? { code: 'buildx-missing', observed: 'this buildx can not push an image that the engine does not keep' } : undefined),
  ({ said }) => {
    if (!/is (?:currently )?not supported for the docker driver|multiple platforms feature is currently not supported/i.test(said)) return undefined
    return { code: 'build-failed', observed: `the engine's own builder can not do it: "${said.slice(0, 200)}"`, fix: 'Create a builder of its own in a step before (`docker/setup-buildx-action`), switch the containerd image store of the engine on, or ask for less: one platform, `attestations: none`, no cache.' }
  },
  ({ said, at }, thrown) => {
    const pushing = /failed to push (?<ref>\S+): (?<why>.+)/.exec(said)?.groups
    if (pushing !== undefined && DENIED.test(pushing['why']!)) {
      return { code: 'registry-refused', observed: `the registry does not let this account push to \`${pushing['ref']}\` ("${pushing['why']!.slice(0, 200)}")`, fix: 'Log in with an account that may push there (`registry-username`, `registry-password`); see that the repository exists where the registry does not make it.' }
    }
    if (thrown.code !== 'image-not-found' && thrown.code !== 'registry-unreachable' && thrown.code !== 'registry-refused') return undefined
    const base = /failed to resolve source metadata for (?<ref>\S+?): /.exec(said)?.groups?.['ref']
    const what = pushing !== undefined ? `the image could not be pushed to \`${pushing['ref']}\`` : base !== undefined ? `the base image \`${base}\` could not be fetched` : undefined
    if (what === undefined) return undefined
    const missing = thrown.code === 'image-not-found'
    return { code: thrown.code, observed: `${what}: ${missing ? 'there is no such image' : `"${said.slice(-200)}"`}`, ...(missing && at !== undefined ? { fix: 'Correct its name and tag in the Dockerfile; a private one needs a login to its registry.' } : {}) }
  },
  // A line that the engine points at, with no step that failed: it could not even begin.
  ({ said, at, step }, thrown) => {
    if (at === undefined || step !== undefined || (thrown.code !== 'build-failed' && thrown.code !== 'program-failed')) return undefined
    return { code: 'dockerfile-invalid', observed: `\`${at.instruction}\`: ${said.slice(0, 200)}`, fix: 'Correct that line.' }
  },
  // A step that could not be carried out, by no fault of its own.
  ({ said, at, step }, thrown) => (at === undefined || step === undefined ? undefined : { code: thrown.code, observed: `\`${at.instruction}\` could not be carried out: "${said.replace(/^process ".*?" did not complete successfully: /s, '').slice(0, 300)}"` }),
]

export function lost(image: string): ProcessError {
  return new ProcessError('image-not-found', { message: `The image was pushed as \`${image}\`, and the registry does not have it.`, fix: 'Run it again; look whether the registry is one machine, and whether something there deletes untagged images.', argv: [], tail: [] })
}
