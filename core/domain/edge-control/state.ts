import { latencyBounds } from '../latency-bounds.js'
import type { ArmName } from '../platform.js'
import { readLines, wholeNumber, writeLines, type Line } from './lines.js'
import type { EdgeArmState, EdgeState } from './model.js'

const KIND = 'ecluse-state'
const BUCKETS = latencyBounds.length + 1

type Counted = Pick<EdgeArmState, 'requests' | 'errors' | 'latency'>

/** As the keeper writes it; for tests, and for what wants to prepare a state. */
export function encodeState({ revision, at, weight, fallen, returned, returnsAt, made, arms }: EdgeState): string {
  return writeLines(KIND, revision, [
    { key: 'at', words: [String(at)] },
    { key: 'weight', words: [String(weight)] },
    { key: 'fallen', words: [fallen ? '1' : '0'] },
    { key: 'returned', words: [returned ? '1' : '0'] },
    ...(returnsAt === undefined ? [] : [{ key: 'returns', words: [String(returnsAt)] }]),
    ...(made === undefined ? [] : [{ key: 'made', words: [made] }]),
    ...arms.map((one) => ({ key: one.arm, words: [one.instance, one.version, ...[one.up, one.servers, one.active].map(String)] })),
    ...arms.map((one) => ({ key: 'counters', words: [one.instance, ...[one.requests, one.errors, ...one.latency].map(String)] })),
  ])
}

/** What the keeper wrote; `undefined` for a text that is cut or no state. Lines that a newer keeper adds are passed over. */
export function decodeState(text: string): EdgeState | undefined {
  const read = readLines(KIND, text)
  if (read === undefined) return undefined
  const word = (key: string): string | undefined => read.lines.find((line) => line.key === key)?.words[0]
  const at = wholeNumber(word('at'))
  const weight = share(word('weight'))
  const fallen = flag(word('fallen'))
  const returned = flag(word('returned'))
  const returnsAt = wholeNumber(word('returns'))
  const made = word('made')
  const heads = read.lines.filter(({ key }) => key === 'stable' || key === 'candidate')
  const arms = heads.flatMap((head) => armOf(head, read.lines) ?? [])
  if (at === undefined || weight === undefined || fallen === undefined || returned === undefined || arms.length !== heads.length) return undefined
  if (word('returns') !== undefined && returnsAt === undefined) return undefined
  return { revision: read.revision, at, weight, fallen, returned, ...(returnsAt === undefined ? {} : { returnsAt }), ...(made === undefined ? {} : { made }), arms }
}

function armOf({ key, words }: Line, lines: readonly Line[]): EdgeArmState | undefined {
  const [instance, version, ...figures] = words
  const [up, servers, active] = figures.map(wholeNumber)
  const arm: ArmName = key === 'stable' ? 'stable' : 'candidate'
  const counted = countedOf(lines.find((line) => line.key === 'counters' && line.words[0] === instance))
  if (instance === undefined || version === undefined || up === undefined || servers === undefined || active === undefined || counted === undefined) {
    return undefined
  }
  return { arm, instance, version, up, servers, active, ...counted }
}

function countedOf(line: Line | undefined): Counted | undefined {
  const found = line?.words.slice(1).flatMap((word) => wholeNumber(word) ?? []) ?? []
  const [requests, errors, ...latency] = found
  return requests === undefined || errors === undefined || latency.length !== BUCKETS ? undefined : { requests, errors, latency }
}

/** Percent with at most two decimals: with one of several replicas down, or by a person's hand, it need not be whole. */
function share(word: string | undefined): number | undefined {
  if (word === undefined || !/^\d{1,3}(\.\d{1,2})?$/.test(word)) return undefined
  const found = Number(word)
  return found > 100 ? undefined : found
}

function flag(word: string | undefined): boolean | undefined {
  return word === '1' ? true : word === '0' ? false : undefined
}
