import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Unpacked } from '../image/store.js'

/** What to execute, and with what around it. */
export interface ProcessPlan {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Of the server's own environment a release sees no more than this. */
const PASSED_ON = ['HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const

/**
 * How an image's command runs on this machine without a container: its working folder and absolute paths are those inside the
 * unpacked image; a program is taken from this machine's PATH first, because one built for the image's own system would
 * not find its libraries here.
 */
export function planProcess(image: Unpacked, argv: readonly string[], given: Readonly<Record<string, string>>): ProcessPlan {
  const cwd = path.join(image.root, image.config.workingDir)
  const own = Object.fromEntries(image.config.env.map(pairOf))
  const search = [process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', ...foldersInside(image.root, own['PATH'] ?? '')].join(path.delimiter)
  const passedOn = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const [program = '', ...args] = argv
  return {
    program: programFor(program, image.root, cwd, search),
    args: args.map((arg) => argumentFor(arg, image.root)),
    cwd,
    env: { ...passedOn, ...own, ...given, PATH: search },
  }
}

function programFor(name: string, root: string, cwd: string, search: string): string {
  if (name.startsWith('/') && existsSync(path.join(root, name))) return path.join(root, name)
  if (!name.startsWith('/') && name.includes('/')) return path.join(cwd, name)
  const bare = path.basename(name)
  const found = search.split(path.delimiter).map((folder) => path.join(folder, bare)).find((file) => existsSync(file))
  return found ?? (bare === 'node' ? process.execPath : bare)
}

/** `node /app/server.mjs` means a file of the image. */
function argumentFor(arg: string, root: string): string {
  if (!arg.startsWith('/')) return arg
  const inside = path.join(root, arg)
  return existsSync(inside) ? inside : arg
}

function foldersInside(root: string, search: string): readonly string[] {
  return search.split(':').filter((folder) => folder.startsWith('/')).map((folder) => path.join(root, folder)).filter((folder) => existsSync(folder))
}

function pairOf(line: string): readonly [string, string] {
  const at = line.indexOf('=')
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
