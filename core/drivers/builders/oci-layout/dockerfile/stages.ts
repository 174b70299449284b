import type { Findings } from '../findings.js'
import { readSource, type EscapeCharacter } from '../../../../domain/dockerfile/lines.js'
import { readStatements } from './read.js'
import type { Copying, Statement } from './statement.js'

export type From = Extract<Statement, { readonly kind: 'from' }>
export type Arg = Extract<Statement, { readonly kind: 'arg' }>

export interface Stage {
  readonly from: From
  readonly body: readonly Statement[]
}

export interface Dockerfile {
  readonly escape: EscapeCharacter
  /** Before the first `FROM`. */
  readonly globals: readonly Arg[]
  readonly stages: readonly Stage[]
}

export function readDockerfile(text: string, findings: Findings): Dockerfile {
  const source = readSource(text, findings)
  const globals: Arg[] = []
  const stages: { from: From; body: Statement[] }[] = []
  for (const statement of readStatements(source, findings)) {
    const stage = stages.at(-1)
    if (statement.kind === 'from') {
      const { name } = statement
      if (name !== undefined && stages.some(({ from }) => from.name === name)) findings.invalid(statement.line, `A second stage is named \`${name}\`.`, 'Give each stage its own name.')
      stages.push({ from: statement, body: [] })
    } else if (stage !== undefined) stage.body.push(statement)
    else if (statement.kind === 'arg') globals.push(statement)
    else findings.invalid(statement.line, `${statement.source.split(' ')[0]} stands before the first FROM.`, 'Move it below a FROM; only ARG may stand above.')
  }
  if (stages.length === 0 && !source.instructions.some(({ keyword }) => keyword === 'FROM')) findings.invalid(1, 'There is no FROM.', 'Begin with `FROM scratch` or `FROM oci-layout://<folder>@sha256:<digest>`.')
  return { escape: source.escape, globals, stages }
}

/** Index of the stage of this name or number among the first `before`; `undefined` when it names none. */
export function stageNamed(dockerfile: Dockerfile, name: string, before: number): number | undefined {
  const earlier = dockerfile.stages.slice(0, before)
  const byName = earlier.findLastIndex(({ from }) => from.name === name.toLowerCase())
  if (byName >= 0) return byName
  return /^\d+$/.test(name) && Number(name) < before ? Number(name) : undefined
}

export function copies(stage: Stage): readonly (Copying & Statement)[] {
  return stage.body.filter((statement) => statement.kind === 'copy')
}

/** Every argument that some ARG declares. */
export function declaredArguments(dockerfile: Dockerfile): ReadonlySet<string> {
  const args = [...dockerfile.globals, ...dockerfile.stages.flatMap(({ body }) => body.filter((statement) => statement.kind === 'arg'))]
  return new Set(args.flatMap(({ pairs }) => pairs.map(([name]) => name)))
}
