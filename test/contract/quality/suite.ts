/** The action itself, compiled from its sources and started as a runner or a person does. */
import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { commandFile, contractOf } from '../../support/runner.mjs'
import { root } from '../../support/policy/files.js'

const NAME = 'quality-gate'

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly said: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

export interface Suite {
  start(given: { readonly work: string; readonly inputs?: Readonly<Record<string, string>>; readonly env?: Readonly<Record<string, string>> }): Promise<Started>
  /** In a terminal. */
  type(work: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  remove(): void
}

export async function makeSuite(): Promise<Suite> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-gate-'))
  mkdirSync(path.join(folder, 'actions', NAME), { recursive: true })
  copyFileSync(path.join(root, 'actions', NAME, 'action.yml'), path.join(folder, 'actions', NAME, 'action.yml'))
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  await build({
    entryPoints: [{ in: path.join(root, 'actions', NAME, 'main.ts'), out: `${NAME}/index` }],
    outdir: path.join(folder, 'dist'), bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'error',
  })
  const script = path.join(folder, 'dist', NAME, 'index.js')
  const { inputs: contract = {} } = await contractOf(NAME)
  return {
    async start({ work, inputs = {}, env = {} }) {
      const run = mkdtempSync(path.join(folder, 'run-'))
      const given = Object.entries(contract).map(([name, about]) => [`INPUT_${name.toUpperCase()}`, inputs[name] ?? literal(about.default)])
      const files = { GITHUB_OUTPUT: path.join(run, 'output'), GITHUB_STEP_SUMMARY: path.join(run, 'summary'), GITHUB_STATE: path.join(run, 'state') }
      for (const file of Object.values(files)) writeFileSync(file, '')
      const runner = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: work, RUNNER_TEMP: run, GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '4711', GITHUB_JOB: 'quality', GITHUB_SERVER_URL: 'https://github.example' }
      return started(script, [], work, { ...runner, ...files, ...Object.fromEntries(given), ...env }, files)
    },
    type: async (work, args, env = {}) => started(script, args, work, env).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function literal(usual: unknown): string {
  const text = typeof usual === 'string' ? usual : ''
  return text.includes('${{') ? 'ghs_fake' : text
}

function started(script: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>, files?: { readonly GITHUB_OUTPUT: string; readonly GITHUB_STEP_SUMMARY: string }): Started {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [script, ...args], { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(child, 'close').then(([code, signal]: unknown[]): Ended => ({
    code: code as number | null, signal: signal as string | null, said,
    outputs: files === undefined ? {} : commandFile(readFileSync(files.GITHUB_OUTPUT, 'utf8')),
    summary: files === undefined ? '' : readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  }))
  return { child, ended }
}
