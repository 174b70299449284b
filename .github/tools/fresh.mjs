// Compiles sources of core/ afresh into a folder of its own, so that neither an old build nor another process can decide the answer.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The tool can't do its work; the message says why. */
export class Unusable extends Error {}

/** What these sources export, by their order: `core/domain/x.ts`. */
export async function loadFresh(...sources) {
  const out = realpathSync(mkdtempSync(join(tmpdir(), 'ecluse-tool-')))
  try {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: root, outDir: out, types: [], noEmitOnError: true, declaration: false, incremental: false },
      files: sources.map((source) => join(root, source)),
      include: [],
      exclude: [],
    }
    writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(config))
    writeFileSync(join(out, 'package.json'), JSON.stringify({ type: 'module' }))
    compile(join(out, 'tsconfig.json'))
    return await Promise.all(sources.map((source) => import(pathToFileURL(join(out, source.replace(/\.ts$/, '.js'))).href)))
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function compile(project) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(compiler)) throw new Unusable('The compiler is not installed. Run `npm ci` first.')
  try {
    execFileSync(process.execPath, [compiler, '-p', project], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    throw new Unusable(`Compiling the judge failed:\n${error.stdout ?? ''}${error.stderr ?? ''}`)
  }
}

// npm runs scripts in the package's folder; INIT_CWD is where the person stood.
export function locate(file) {
  const places = [process.env.INIT_CWD ?? process.cwd(), process.cwd()].map((folder) => resolve(folder, file))
  return places.find((place) => existsSync(place)) ?? places[0]
}

export function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Unusable(`Reading ${path} failed: ${error.message}.`)
  }
}
