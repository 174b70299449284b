import type { Move, StepFacts } from '../domain/climbing.js'
import { deliveryOf, evidenceName, seenVerdict, type ClimbHeader, type EvidenceKind, type EvidenceLine, type EvidenceMove, type WatchHeader } from '../domain/evidence.js'
import type { JudgeVerdict } from '../domain/judge/index.js'
import { decodeText, object, text } from '../domain/local-control/decode.js'
import type { Percent } from '../domain/platform.js'
import { byAge } from '../domain/record-files.js'
import type { NoData, Sample } from '../domain/sample.js'
import { messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Files } from '../ports/files.js'

/** Writes down what a candidate is judged by, each line as it happens: a killed run leaves what it saw until then. */
export interface Evidence {
  readonly path: string
  /** This process has written something. */
  readonly begun: boolean
  begin(header: Unheaded<ClimbHeader> | Unheaded<WatchHeader>): Promise<void>
  step(weight: Percent): Promise<void>
  poll(weight: Percent, sample: Sample | NoData, verdict: JudgeVerdict | undefined): Promise<void>
  move(weight: Percent, facts: StepFacts | undefined, move: Move, alarm?: EvidenceMove['alarm']): Promise<void>
  /** The last line, where a first one was written. Never rejects: what was done stays done. */
  end(outcome: { readonly ok: boolean; readonly reason: string; readonly message: string }): Promise<void>
}

type Unheaded<H> = Omit<H, 'type' | 'v' | 'at' | 'suite'>

/** So many files of an environment are kept of each kind, the youngest. */
export const EVIDENCE_KEPT = 50

export function evidenceOf({ state, name: environment }: { readonly state: string; readonly name: string }, delivery: string, ambient: Ambient, kind: EvidenceKind = 'climb'): Evidence {
  const folder = `${state}/evidence`
  const path = `${folder}/${evidenceName(environment, delivery, kind)}`
  let begun = false
  const add = (line: EvidenceLine): Promise<void> => ambient.files.append(path, `${JSON.stringify(line)}\n`)
  const at = (): number => ambient.clock.now()
  return {
    path,
    get begun() {
      return begun
    },
    async begin(header) {
      await endLine(path, ambient.files)
      await add({ type: 'header', v: 2, at: at(), ...header, suite: await suiteVersion(ambient) })
      begun = true
      await prune({ folder, environment, kind }, ambient)
    },
    step: (weight) => add({ type: 'step', at: at(), weight }),
    poll: (weight, sample, verdict) => add({ type: 'poll', at: at(), weight, sample, ...(verdict === undefined ? {} : { verdict: seenVerdict(verdict) }) }),
    move: (weight, facts, move, alarm) => add({ type: 'move', at: at(), weight, ...(facts === undefined ? {} : { facts }), ...(alarm === undefined ? {} : { alarm }), move }),
    async end({ ok, reason, message }) {
      if (!begun) return
      try {
        await add({ type: 'outcome', at: at(), ok, reason, message })
      } catch (fault) {
        ambient.log.warn(`The outcome is not in the evidence: ${messageOf(fault)}`)
      }
    },
  }
}

/** A killed run may have left half a line. */
async function endLine(path: string, files: Files): Promise<void> {
  const there = await files.textIfThere(path)
  if (there !== undefined && there !== '' && !there.endsWith('\n')) await files.append(path, '\n')
}

const manifest = object<{ readonly version: string }>({ version: text })

/** Whoever replays the file with another version should know; empty where the bundle stands alone. */
async function suiteVersion({ files, paths }: Ambient): Promise<string> {
  try {
    return decodeText(manifest, await files.text(`${paths.dist}/../package.json`), 'package.json').version
  } catch {
    return ''
  }
}

/** Lets the oldest files go. What can't be removed is told, and no reason to stop. */
async function prune({ folder, environment, kind }: { readonly folder: string; readonly environment: string; readonly kind: EvidenceKind }, { files, log }: Ambient): Promise<void> {
  try {
    const named = (await files.list(folder)).flatMap(({ kind: type, name }) => {
      const delivery = type === 'file' ? deliveryOf(environment, name, kind) : undefined
      return delivery === undefined ? [] : [{ path: `${folder}/${name}`, delivery }]
    })
    if (named.length <= EVIDENCE_KEPT) return
    const own: typeof named = []
    for (const one of named) if (await isOf(one, files)) own.push(one)
    for (const { path } of own.toSorted((a, b) => byAge(b.delivery, a.delivery)).slice(EVIDENCE_KEPT)) await files.remove(path)
  } catch (fault) {
    log.warn(`Old evidence in \`${folder}\` was not removed: ${messageOf(fault)}`)
  }
}

const named = object<{ readonly delivery: string }>({ delivery: text })

/** Another environment's name may begin with this one's: the file's first line says whose it is. What can't be read is left alone. */
async function isOf({ path, delivery }: { readonly path: string; readonly delivery: string }, files: Files): Promise<boolean> {
  try {
    for await (const bytes of files.stream(path)) {
      const [first = ''] = new TextDecoder().decode(bytes).split('\n', 1)
      return decodeText(named, first, path).delivery === delivery
    }
    return false
  } catch {
    return false
  }
}
