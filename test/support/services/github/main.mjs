// The fake GitHub as a process: `main.mjs [--port N] [--repository OWNER/NAME] [--prefix /api/v3] [--seed N] [--prepare FILE]`.
// Prints `{"url": …}` as one line, and ends on SIGTERM or when what started it closes the standard input. FILE is a
// module that exports `prepare(github)`. The last line says what was asked: `{"calls": …, "counted": …, "faults": […]}`.
import { fstatSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { startGitHub } from './github.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { port: text, repository: text, prefix: text, seed: text, prepare: text } })
const numbers = Object.fromEntries(['port', 'seed'].filter((name) => values[name] !== undefined).map((name) => [name, Number(values[name])]))
const { repository, prefix, prepare } = values
const github = await startGitHub({ ...(repository === undefined ? {} : { repository }), ...(prefix === undefined ? {} : { prefix }), ...numbers })
if (prepare !== undefined) await (await import(pathToFileURL(path.resolve(prepare)).href)).prepare(github)
console.log(JSON.stringify({ url: github.url }))

let ending = false
const end = async () => {
  if (ending) return
  ending = true
  console.log(JSON.stringify({ calls: github.calls.length, counted: github.counted(), faults: github.faults }))
  await github.close()
  process.exit(github.faults.length > 0 ? 1 : 0)
}
process.once('SIGTERM', end)
process.once('SIGINT', end)
const stdin = fstatSync(0)
if (stdin.isFIFO() || stdin.isSocket()) process.stdin.resume().once('close', end)
