import type { Findings } from '../findings.js'
import { readCopying } from './copying.js'
import { readHealthcheck } from './healthcheck.js'
import type { EscapeCharacter, Instruction, Source } from '../../../../domain/dockerfile/lines.js'
import { heredocRefusal, refusedInstructions } from './refused.js'
import type { Asked, Statement } from './statement.js'
import { brokenList, type Reader, type Told } from './told.js'
import { listOf, pairsOf, type Pair } from '../../../../domain/dockerfile/words.js'

const readers: Readonly<Record<string, Reader>> = {
  FROM: readFrom,
  ARG: (instruction, told, escape) => {
    const pairs = pairsOf(instruction.rest, escape)
    const bad = pairs.find(([name]) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
    return bad === undefined ? { kind: 'arg', pairs } : told(`"${bad[0]}" is no name for an argument.`, 'Use letters, digits and `_`.')
  },
  ENV: (instruction, told, escape) => withPairs('env', instruction, told, escape),
  LABEL: (instruction, told, escape) => withPairs('label', instruction, told, escape),
  COPY: readCopying,
  ADD: readCopying,
  WORKDIR: ({ rest }) => ({ kind: 'workdir', value: rest }),
  USER: ({ rest }) => ({ kind: 'user', value: rest }),
  STOPSIGNAL: ({ rest }) => ({ kind: 'stopsignal', value: rest }),
  EXPOSE: ({ rest }) => ({ kind: 'expose', words: rest.split(/\s+/) }),
  VOLUME: ({ rest }, told) => {
    const list = listOf(rest)
    return list.kind === 'broken' ? brokenList(told) : { kind: 'volume', words: list.kind === 'list' ? list.words : rest.split(/\s+/) }
  },
  ENTRYPOINT: (instruction, told) => withCommand('entrypoint', instruction, told),
  CMD: (instruction, told) => withCommand('cmd', instruction, told),
  HEALTHCHECK: readHealthcheck,
}

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  COPY: ['from', 'chown', 'chmod', 'link'],
  ADD: ['chown', 'chmod', 'link'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
}

const MAY_BE_EMPTY: readonly string[] = ['CMD', 'ENTRYPOINT']

export function readStatements(source: Source, findings: Findings): readonly Statement[] {
  return source.instructions.flatMap((instruction) => {
    const asked = readOne(instruction, source.escape, findings)
    return asked === undefined ? [] : [{ ...asked, line: instruction.line, source: instruction.source }]
  })
}

function readOne(instruction: Instruction, escape: EscapeCharacter, findings: Findings): Asked | undefined {
  const { keyword, line, flags } = instruction
  const told: Told = (message, fix) => findings.invalid(line, message, fix)
  const refused = refusedInstructions[keyword]
  if (refused !== undefined) return refused
  if (instruction.heredoc) return heredocRefusal
  const reader = readers[keyword]
  if (reader === undefined) return told(`"${keyword}" is no instruction.`, 'Correct its name; a line that goes on needs the escape character at the end of the line before.')
  const known = FLAGS[keyword] ?? []
  const foreign = [...flags.keys()].find((flag) => !known.includes(flag))
  if (foreign !== undefined) {
    return { kind: 'unsupported', message: `${keyword} --${foreign} is not supported.`, fix: known.length === 0 ? 'Take it out.' : `Use only ${known.map((flag) => `\`--${flag}\``).join(', ')}.` }
  }
  if (instruction.rest === '' && !MAY_BE_EMPTY.includes(keyword)) return told(`${keyword} says nothing.`, 'Give it its arguments, or take it out.')
  return reader(instruction, told, escape)
}

function readFrom({ rest, flags }: Instruction, told: Told): Asked | undefined {
  const [image = '', as, name, ...more] = rest.split(/\s+/)
  if (more.length > 0 || (as !== undefined && (as.toUpperCase() !== 'AS' || name === undefined))) {
    return told(`FROM has more than an image and a name.`, 'Write `FROM <image>` or `FROM <image> AS <name>`.')
  }
  if (name !== undefined && !/^[a-z][a-z0-9._-]*$/i.test(name)) return told(`"${name}" is no name for a stage.`, 'Begin with a letter; use letters, digits, `.`, `_` and `-`.')
  const platform = flags.get('platform')
  return { kind: 'from', image, ...(platform === undefined ? {} : { platform }), ...(name === undefined ? {} : { name: name.toLowerCase() }) }
}

function withPairs(kind: 'env' | 'label', { keyword, rest }: Instruction, told: Told, escape: EscapeCharacter): Asked | undefined {
  const pairs = pairsOf(rest, escape)
  // The old form `ENV name the rest of the line`.
  const [, name = '', value] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? []
  if (pairs[0]?.[1] === undefined && value !== undefined) return { kind, pairs: [[name, value]] }
  const bad: Pair | undefined = pairs.find(([key, given]) => key === '' || given === undefined)
  return bad === undefined ? { kind, pairs } : told(`${keyword}: "${bad[0]}" has no ${bad[0] === '' ? 'name' : 'value'}.`, 'Write `name=value`; put a value with blanks in quotes.')
}

function withCommand(kind: 'entrypoint' | 'cmd', { rest }: Instruction, told: Told): Asked | undefined {
  const list = listOf(rest)
  if (list.kind === 'broken') return brokenList(told)
  return { kind, command: list.kind === 'list' ? { exec: list.words } : rest === '' ? { exec: [] } : { shell: rest } }
}
