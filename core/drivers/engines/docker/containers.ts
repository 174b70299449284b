import { flag, list, number, object, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { ContainerFacts, Engine, EngineCall, Which } from '../../../ports/engine.js'
import type { Answer } from '../../../ports/http.js'
import type { Question } from './direct.js'

const LOOK_MS = 20_000
const GONE = /No such container/i

interface Raw {
  readonly Name: string
  readonly RestartCount: number
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly OOMKilled: boolean
    readonly ExitCode: number
    readonly Error: string
    readonly StartedAt: string
    readonly FinishedAt: string
    readonly Health?: { readonly Status: string } | undefined
  }
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | undefined }
}

/** Of what is absent, an engine says `null`, or nothing. */
function orNull<T>(item: Decoder<T>): Decoder<T | undefined> {
  return (value, at) => optional(item)(value ?? undefined, at)
}

const decodeRaw = object<Raw>({
  Name: text,
  RestartCount: number,
  State: object<Raw['State']>({
    Status: text, Running: flag, OOMKilled: flag, ExitCode: number, Error: text, StartedAt: text, FinishedAt: text,
    Health: orNull(object<{ readonly Status: string }>({ Status: text })),
  }),
  Config: object<Raw['Config']>({ Labels: orNull(record(text)) }),
})
const decodeListed = list(object<{ readonly Id: string }>({ Id: text }))

/** What `docker inspect` is to print of all that it knows: the same, by the same names. */
const FORMAT = [
  '{"Name":{{json .Name}},"RestartCount":{{json .RestartCount}},"Config":{"Labels":{{json .Config.Labels}}},"State":{"Health":{{with .State.Health}}{"Status":{{json .Status}}}{{else}}null{{end}}',
  ...['Status', 'Running', 'OOMKilled', 'ExitCode', 'Error', 'StartedAt', 'FinishedAt'].map((name) => `"${name}":{{json .State.${name}}}`),
].join(',').concat('}}')

/** By the engine's own interface; `undefined` when it did not say. */
export async function factsDirectly(which: Which, ask: (question: Question) => Promise<Answer | undefined>): Promise<readonly ContainerFacts[] | undefined> {
  const what = 'look at the containers'
  const names = 'names' in which ? which.names : await listedDirectly(which.label, ask)
  if (names === undefined) return undefined
  const answers = await Promise.all(names.map(async (name) => ask({ what, path: `/containers/${encodeURIComponent(name)}/json` })))
  const found: ContainerFacts[] = []
  for (const answer of answers) {
    const facts = answer?.status === 200 ? understood(() => factsOf(decodeRaw(JSON.parse(answer.body), 'container'))) : undefined
    // One that goes meanwhile is left out. Others, who do not know the question, say 404 too.
    if (facts === undefined && !(answer?.status === 404 && GONE.test(answer.body))) return undefined
    if (facts !== undefined) found.push(facts)
  }
  return found
}

async function listedDirectly(label: string, ask: (question: Question) => Promise<Answer | undefined>): Promise<readonly string[] | undefined> {
  const answer = await ask({ what: 'list the containers', path: `/containers/json?all=true&filters=${encodeURIComponent(JSON.stringify({ label: [label] }))}` })
  return answer?.status === 200 ? understood(() => decodeListed(JSON.parse(answer.body), 'containers').map(({ Id }) => Id)) : undefined
}

function understood<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** By the `docker` program. */
export async function factsByDocker(which: Which, run: Engine['run']): Promise<readonly ContainerFacts[]> {
  const names = 'names' in which ? which.names : linesOf(await run(listing(which.label)))
  if (names.length === 0) return []
  const looked = await run({ what: 'look at the containers', argv: ['inspect', '--type', 'container', '--format', FORMAT, ...names], timeoutMs: LOOK_MS, accept: [0, 1] })
  return linesOf(looked).filter((line) => line.startsWith('{')).map((line) => factsOf(decodeRaw(JSON.parse(line), 'container')))
}

function listing(label: string): EngineCall {
  return { what: 'list the containers', argv: ['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`], timeoutMs: LOOK_MS }
}

function linesOf({ stdout }: { readonly stdout: string }): readonly string[] {
  return stdout.split('\n').filter((line) => line !== '')
}

function factsOf({ Name, RestartCount, State, Config }: Raw): ContainerFacts {
  return {
    name: Name.replace(/^\//, ''),
    labels: Config.Labels ?? {},
    status: State.Status,
    running: State.Running && State.Status === 'running',
    health: (['starting', 'healthy', 'unhealthy'] as const).find((known) => known === State.Health?.Status) ?? 'none',
    restarts: RestartCount,
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    error: State.Error,
    startedAt: momentOf(State.StartedAt),
    finishedAt: momentOf(State.FinishedAt),
  }
}

/** What never was is dated in the year 1. */
function momentOf(written: string): number {
  return Math.max(0, Date.parse(written) || 0)
}
