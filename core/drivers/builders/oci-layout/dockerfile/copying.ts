import type { Instruction } from '../../../../domain/dockerfile/lines.js'
import { addUrlRefusal, archiveRefusal, isArchive, isRemote } from './refused.js'
import type { Asked } from './statement.js'
import { brokenList, type Told } from './told.js'
import { listOf } from '../../../../domain/dockerfile/words.js'

/** `COPY` and `ADD`: sources and a target, either split at blanks or as a JSON list. */
export function readCopying({ keyword, rest, flags }: Instruction, told: Told): Asked | undefined {
  const list = listOf(rest)
  if (list.kind === 'broken') return brokenList(told)
  const words = list.kind === 'list' ? list.words : rest.split(/\s+/)
  const sources = words.slice(0, -1)
  const target = words.at(-1)
  if (target === undefined || sources.length === 0) return told(`${keyword} needs a source and a target.`, 'Write `COPY <source>… <target>`.')
  const verb = keyword === 'ADD' ? 'ADD' : 'COPY'
  if (verb === 'ADD' && sources.some(isRemote)) return addUrlRefusal
  if (verb === 'ADD' && sources.some(isArchive)) return archiveRefusal
  const from = flags.get('from')
  const owner = flags.get('chown')
  const mode = flags.get('chmod')
  return { kind: 'copy', verb, sources, target, ...(from === undefined ? {} : { from }), ...(owner === undefined ? {} : { owner }), ...(mode === undefined ? {} : { mode }) }
}
