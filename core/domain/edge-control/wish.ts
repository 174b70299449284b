import type { ArmName } from '../platform.js'
import { readLines, wholeNumber, writeLines, type Line } from './lines.js'
import type { EdgeArm, EdgeServer, EdgeWish } from './model.js'

const KIND = 'ecluse-wish'

/** The text that the keeper reads; see `EdgeWish`. */
export function encodeWish({ revision, stable, candidate, weight, returns }: EdgeWish): string {
  return writeLines(KIND, revision, [
    { key: 'weight', words: [String(weight)] },
    ...(returns === undefined ? [] : [{ key: 'returns', words: [String(returns.at), String(returns.inMs)] }]),
    ...armLines('stable', stable),
    ...armLines('candidate', candidate),
  ])
}

/** `undefined` for a text that is cut or no wish. */
export function decodeWish(text: string): EdgeWish | undefined {
  const read = readLines(KIND, text)
  if (read === undefined) return undefined
  const weight = percent(read.lines.find(({ key }) => key === 'weight')?.words[0])
  const returns = returnsOf(read.lines)
  const stable = armOf('stable', read.lines)
  const candidate = armOf('candidate', read.lines)
  if (weight === undefined || returns === 'wrong' || stable === 'wrong' || candidate === 'wrong') return undefined
  return {
    revision: read.revision,
    ...(stable === undefined ? {} : { stable }),
    ...(candidate === undefined ? {} : { candidate }),
    weight,
    ...(returns === undefined ? {} : { returns }),
  }
}

function armLines(name: ArmName, arm: EdgeArm | undefined): readonly Line[] {
  if (arm === undefined) return []
  const servers = arm.servers.map(({ host, port }) => ({ key: `${name}-server`, words: [host, String(port)] }))
  return [{ key: name, words: [arm.instance, arm.version] }, ...servers]
}

function armOf(name: ArmName, lines: readonly Line[]): EdgeArm | 'wrong' | undefined {
  const head = lines.find(({ key }) => key === name)
  if (head === undefined) return undefined
  const [instance, version] = head.words
  const rows = lines.filter(({ key }) => key === `${name}-server`)
  const servers = rows.flatMap(({ words: [host, port] }): EdgeServer[] => {
    const number = wholeNumber(port)
    return host === undefined || number === undefined ? [] : [{ host, port: number }]
  })
  if (instance === undefined || version === undefined || servers.length !== rows.length) return 'wrong'
  return { instance, version, servers }
}

function returnsOf(lines: readonly Line[]): EdgeWish['returns'] | 'wrong' {
  const line = lines.find(({ key }) => key === 'returns')
  if (line === undefined) return undefined
  const [at, inMs] = line.words.map(wholeNumber)
  return at === undefined || inMs === undefined ? 'wrong' : { at, inMs }
}

function percent(word: string | undefined): number | undefined {
  const found = wholeNumber(word)
  return found === undefined || found > 100 ? undefined : found
}
