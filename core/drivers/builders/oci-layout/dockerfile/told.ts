import type { EscapeCharacter, Instruction } from '../../../../domain/dockerfile/lines.js'
import type { Asked } from './statement.js'

/** Tells a fault of the instruction at hand. */
export type Told = (message: string, fix: string) => undefined

/** Reads one instruction; `undefined` when it told what is wrong with it. */
export type Reader = (instruction: Instruction, told: Told, escape: EscapeCharacter) => Asked | undefined

export function brokenList(told: Told): undefined {
  return told('This begins like a JSON list of texts and is none.', 'Use double quotes and commas: `["program", "argument"]`.')
}
