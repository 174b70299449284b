// npm run vectors -- FILE: replays a file of judge vectors against core/domain/judge.
// Prints the counts, or the first mismatch and exits 1; 2 when the file can't be used.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')
const MISMATCH = 1
const UNUSABLE = 2

class Unusable extends Error {}

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  try {
    const [file, ...others] = args
    if (file === undefined || others.length > 0) throw new Unusable('Name one file: `npm run vectors -- FILE`.')
    const document = readJson(locate(file))
    const { replay, VectorFormatError, VectorMismatch } = await loadReplay()
    try {
      const { sequences, polls, units, values } = replay(document)
      console.log(`${basename(file)}: ${sequences} sequences (${polls} polls) and ${units} units agree, ${values} values compared.`)
      return 0
    } catch (error) {
      if (error instanceof VectorFormatError) throw new Unusable(`${file} is not a file of judge vectors: ${error.message}.`)
      if (!(error instanceof VectorMismatch)) throw error
      console.error(`Mismatch in ${basename(file)}: ${error.message}`)
      return MISMATCH
    }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    console.error(error.message)
    return UNUSABLE
  }
}

// npm runs scripts in the package's folder; INIT_CWD is where the person stood.
function locate(file) {
  const places = [process.env.INIT_CWD ?? process.cwd(), process.cwd()].map((folder) => resolve(folder, file))
  return places.find((place) => existsSync(place)) ?? places[0]
}

function readJson(path) {
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Unusable(`Reading ${path} failed: ${error.message}.`)
  }
  if (text.trim() === '') throw new Unusable(`${path} is empty.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unusable(`${path} is not JSON: ${error.message}.`)
  }
}

// Compiled afresh into a folder of its own, so that neither an old build nor another process can decide the answer.
async function loadReplay() {
  const out = realpathSync(mkdtempSync(join(tmpdir(), 'ecluse-vectors-')))
  try {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { rootDir: root, outDir: out, types: [], noEmitOnError: true, declaration: false, incremental: false },
      files: [join(root, 'test', 'support', 'replay.ts')],
      include: [],
      exclude: [],
    }
    writeFileSync(join(out, 'tsconfig.json'), JSON.stringify(config))
    writeFileSync(join(out, 'package.json'), JSON.stringify({ type: 'module' }))
    compile(join(out, 'tsconfig.json'))
    return await import(pathToFileURL(join(out, 'test', 'support', 'replay.js')).href)
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
