import type { Problem } from '../errors/families.js'
import { assignmentsIn } from '../inputs/assignments.js'

export interface Dotenv {
  readonly variables: Readonly<Record<string, string>>
  /** With line numbers, never with content: it is all secret. */
  readonly problems: readonly Problem[]
}

/** The machinery's own names: a secret that sets one is a mistake, or worse. */
const RESERVED = /^(?:GITHUB_|RUNNER_|INPUT_|STATE_|ACTIONS_|NODE_OPTIONS$|PATH$|LD_)/

/** `NAME=value` lines with quotes, several lines in quotes, `export` and comments. */
export function parseDotenv(text: string): Dotenv {
  const variables: Record<string, string> = {}
  const problems: Problem[] = []
  for (const one of assignmentsIn(text)) {
    if ('wrong' in one) problems.push(problem(one.line, one.wrong))
    else if (RESERVED.test(one.name)) problems.push(problem(one.line, `sets \`${one.name}\`, which belongs to the runner`))
    else variables[one.name] = one.value
  }
  return { variables, problems }
}

function problem(line: number, wrong: string): Problem {
  return { code: 'input-invalid', message: `Line ${line} of \`ECLUSE_ENV\` ${wrong}.`, fix: 'Write one `NAME=value` a line, values with spaces or line ends in double quotes.' }
}
