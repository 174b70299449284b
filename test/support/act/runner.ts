/** Starts act in a caller's repository, bounded in time. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readLog, type ActLog } from './events.js'
import { standIns } from './stand-ins.js'

export interface ActCall {
  readonly act: string
  /** The program that runs the actions' bundles: the first `node` on their PATH. */
  readonly node: string
  /** More folders of programs that the jobs need. */
  readonly programs?: readonly string[]
  readonly repository: string
  /** Where the suite's files are, in place of the ones that GitHub has. */
  readonly suite: string
  /** For act's own files. */
  readonly temp: string
  /** Where artifacts are kept. */
  readonly artifacts: string
  readonly event: 'push' | 'schedule' | 'workflow_dispatch'
  readonly workflow: string
  readonly inputs?: Readonly<Record<string, string>>
  /** What the runner sets beside what act does. */
  readonly env?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  /** After so long it is killed; without it 150 000. */
  readonly limitMs?: number
}

export interface ActRun extends ActLog {
  /** `null` when it had to be killed. */
  readonly code: number | null
}

export interface StartedAct {
  readonly finished: Promise<ActRun>
  kill(): void
}

const LIMIT_MS = 150_000
/** By this ending act reads it as YAML, of which JSON is a part. */
const SECRETS = 'secrets.yml'

export async function startAct(call: ActCall): Promise<StartedAct> {
  const own = await mkdtemp(path.join(call.temp, 'act-'))
  await writeFile(path.join(own, SECRETS), JSON.stringify({ GITHUB_TOKEN: 'ghs_fake', ...call.secrets }), { mode: 0o600 })
  const child = spawn(call.act, [...argumentsOf(call, own), ...(await standIns(call.suite, own, call))], { cwd: call.repository, env: environmentOf(call, own), stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
    }).on('end', () => lines.push(rest))
  }
  const kill = (): boolean => child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')
  const limit = setTimeout(kill, call.limitMs ?? LIMIT_MS)
  const finished = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).then(async (code) => {
    clearTimeout(limit)
    await rm(own, { recursive: true, force: true })
    return { code, ...readLog(lines.filter((line) => line !== '')) }
  })
  // Whoever started it may have stopped waiting.
  finished.catch(() => undefined)
  return { finished, kill }
}

function argumentsOf({ event, workflow, suite, inputs = {}, env = {} }: ActCall, own: string): readonly string[] {
  return [
    event, '-W', workflow, '-P', 'ubuntu-latest=-self-hosted', '--action-cache-path', path.join(own, 'cache'), '--no-cache-server', '--rm',
    // What is shown is what the steps said: act must not hide what they should have hidden.
    '--use-gitignore=false', '--json', '--insecure-secrets',
    '--local-repository', `ecluse-cd/ecluse@v1=${suite}`,
    '--actor', 'ada', '--env', 'GITHUB_REPOSITORY=acme/shop', '--env', 'GITHUB_REF=refs/heads/main',
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
    // Not by environment: act hands its own on to every step.
    '--secret-file', path.join(own, SECRETS),
  ]
}

/** A home of its own, so that nobody's settings of act count. */
function environmentOf({ node, programs = [] }: ActCall, own: string): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env
  const folders = [path.dirname(node), ...programs, PATH]
  return { PATH: folders.join(path.delimiter), HOME: own, XDG_CONFIG_HOME: own, LANG: 'C.UTF-8', ...(TMPDIR === undefined ? {} : { TMPDIR }) }
}
