import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const here = path.join(process.cwd(), 'test', 'unit', 'host', 'toy')

/** A suite of one action, laid out as a release is. */
export async function makeSuite(): Promise<{ root: string; remove(): void }> {
  const root = mkdtempSync(path.join(tmpdir(), 'toy-'))
  mkdirSync(path.join(root, 'actions', 'toy'), { recursive: true })
  copyFileSync(path.join(here, 'action.yml'), path.join(root, 'actions', 'toy', 'action.yml'))
  writeFileSync(path.join(root, 'package.json'), '{"type":"module"}')
  symlinkSync(path.join(process.cwd(), 'node_modules'), path.join(root, 'node_modules'))
  await build({
    entryPoints: [{ in: path.join(here, 'main.ts'), out: 'toy/index' }, { in: path.join(here, 'post.ts'), out: 'toy/post/index' }],
    outdir: path.join(root, 'dist'), bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'error',
  })
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: string
  readonly state: string
  readonly summary: string
  readonly elapsedMs: number
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when the text has been printed. */
  seen(text: string): Promise<void>
}

interface Call {
  readonly root: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly face: 'runner' | 'terminal'
  readonly bundle?: string
  readonly summaryFile?: boolean
}

export function startToy({ root, argv = [], env = {}, face, bundle = 'toy/index.js', summaryFile = true }: Call): Started {
  const folder = mkdtempSync(path.join(root, 'run-'))
  const file = (name: string): string => path.join(folder, name)
  for (const name of ['output', 'state', ...(summaryFile ? ['summary'] : [])]) writeFileSync(file(name), '')
  const runner = { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: file('output'), GITHUB_STATE: file('state'), GITHUB_STEP_SUMMARY: file('summary'), RUNNER_TEMP: folder, GITHUB_WORKSPACE: folder }
  const began = Date.now()
  const child = spawn(process.execPath, [path.join(root, 'dist', bundle), ...argv], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: folder, ...(face === 'runner' ? { ...runner, INPUT_WORD: 'hello', INPUT_COUNT: '2', INPUT_DO: 'well', 'INPUT_DRY-RUN': 'false' } : {}), ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const content = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '')
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr, outputs: content('output'), state: content('state'), summary: content('summary'), elapsedMs: Date.now() - began }))
  })
  const seen = async (text: string): Promise<void> => {
    for (const end = Date.now() + 30_000; !(stdout + stderr).includes(text); ) {
      if (Date.now() > end) throw new Error(`"${text}" was not printed:\n${stdout}${stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { child, ended, seen }
}

/** The value of an output in the file that the runner reads. */
export function outputOf(ended: Ended, name: string): string | undefined {
  return new RegExp(`^${name}<<(?<end>.+)\\n(?<value>[^]*?)\\n\\k<end>$`, 'm').exec(ended.outputs)?.groups?.['value']
}
