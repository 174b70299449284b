// npm run vectors -- FILE: replays a file of judge vectors against core/domain/judge.
// Prints the counts, or the first mismatch and exits 1; 2 when the file can't be used.
import { basename } from 'node:path'
import { loadFresh, locate, textOf, Unusable } from './fresh.mjs'

const MISMATCH = 1
const UNUSABLE = 2

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  try {
    const [file, ...others] = args
    if (file === undefined || others.length > 0) throw new Unusable('Name one file: `npm run vectors -- FILE`.')
    const document = readJson(locate(file))
    const [{ replay, VectorFormatError, VectorMismatch }] = await loadFresh('test/support/replay.ts')
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

function readJson(path) {
  const text = textOf(path)
  if (text.trim() === '') throw new Unusable(`${path} is empty.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Unusable(`${path} is not JSON: ${error.message}.`)
  }
}
