import type { Scope } from '../../../../domain/dockerfile/expansion.js'
import { BadWord, expanded } from '../../../../domain/dockerfile/expansion.js'
import type { EscapeCharacter } from '../../../../domain/dockerfile/lines.js'
import type { Findings } from '../findings.js'
import type { RunConfig } from '../store/documents.js'
import type { Step } from './step.js'

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** A stage under construction. */
export interface Draft {
  readonly config: Mutable<RunConfig>
  readonly env: Map<string, string>
  readonly args: Map<string, string>
  readonly steps: { step?: Step; source: string }[]
  /** CMD was written in this very stage: ENTRYPOINT then leaves it alone. */
  commandGiven: boolean
}

export interface Tools {
  readonly findings: Findings
  readonly escape: EscapeCharacter
  readonly warn: (line: number, message: string) => void
}

/** A word with the stage's variables put in; `undefined` when it told why not. */
export function filled(word: string, draft: Pick<Draft, 'env' | 'args'>, line: number, tools: Tools): string | undefined {
  const scope: Scope = {
    escape: tools.escape,
    value: (name) => draft.env.get(name) ?? draft.args.get(name),
    unset: (name) => tools.warn(line, `the variable \`${name}\` is not set here and stands for nothing`),
  }
  try {
    return expanded(word, scope)
  } catch (thrown) {
    if (!(thrown instanceof BadWord)) throw thrown
    tools.findings.invalid(line, `${thrown.message}.`, 'Correct the quotes or the variable.')
    return undefined
  }
}

export function environmentOf(config: RunConfig): Map<string, string> {
  return new Map((config.Env ?? []).map((pair) => {
    const equals = pair.indexOf('=')
    return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
  }))
}
