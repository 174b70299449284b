import { parseDuration } from '../../../../domain/duration.js'
import type { Instruction } from '../../../../domain/dockerfile/lines.js'
import type { Asked, Timing } from './statement.js'
import { brokenList, type Told } from './told.js'
import { listOf } from '../../../../domain/dockerfile/words.js'

const DURATIONS = { interval: 'Interval', timeout: 'Timeout', 'start-period': 'StartPeriod', 'start-interval': 'StartInterval' } as const
const NANOSECONDS = 1_000_000

export function readHealthcheck({ rest, flags }: Instruction, told: Told): Asked | undefined {
  const [, word = '', line = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  if (word.toUpperCase() === 'NONE' && line === '') return { kind: 'healthcheck', test: ['NONE'], timing: {} }
  if (word.toUpperCase() !== 'CMD' || line === '') return told('HEALTHCHECK is neither `NONE` nor `CMD` with a command.', 'Write `HEALTHCHECK CMD ["program", "argument"]`.')
  const timing = timingOf(flags, told)
  if (timing === undefined) return undefined
  const list = listOf(line)
  if (list.kind === 'broken') return brokenList(told)
  return { kind: 'healthcheck', test: list.kind === 'list' ? { exec: list.words } : { shell: line }, timing }
}

function timingOf(flags: ReadonlyMap<string, string>, told: Told): Timing | undefined {
  const timing: Record<string, number> = {}
  for (const [flag, key] of Object.entries(DURATIONS)) {
    const given = flags.get(flag)
    if (given === undefined) continue
    const ms = parseDuration(given)
    if (ms === undefined || (ms > 0 && ms < 1)) return told(`HEALTHCHECK --${flag} is "${given}".`, 'Set it to a duration such as `30s` or `1m30s`.')
    timing[key] = ms * NANOSECONDS
  }
  const retries = flags.get('retries')
  if (retries === undefined) return timing
  if (!/^\d{1,6}$/.test(retries)) return told(`HEALTHCHECK --retries is "${retries}".`, 'Set it to a whole number.')
  return { ...timing, Retries: Number(retries) }
}
