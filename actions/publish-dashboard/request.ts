import type { Environment } from '../../core/domain/environment.js'
import { InputError, type Problem } from '../../core/errors/families.js'

export interface PublishRequest {
  readonly app: string
  /** In the order of the configuration. */
  readonly environments: readonly Environment[]
  /** Names of those that count as production. */
  readonly production: readonly string[]
  /** Folder for the page. */
  readonly out: string
  /** Newest deliveries of each environment. */
  readonly deliveries: number
  /** Newest deliveries with all particulars. */
  readonly details: number
  /** Newest deliveries with release notes. */
  readonly notes: number
  readonly spanMs: number
  readonly allowGaps: boolean
}

interface PublishInputs {
  readonly environments?: string | undefined
  readonly production?: string | undefined
  readonly out: string
  readonly deliveries: number
  readonly details: number
  readonly notes: number
  readonly span: number
  readonly 'allow-gaps': boolean
}

/** Which environments are meant, of those that the configuration has. */
export function publishRequest(given: PublishInputs, all: readonly Environment[]): PublishRequest {
  const known = all.map(({ name }) => name)
  const [asked, counted] = [namesIn(given.environments), namesIn(given.production)]
  const shown = asked.length === 0 ? known : asked
  const [first, ...rest] = [
    ...unknown('environments', asked, known, 'the configuration has'),
    ...unknown('production', counted, shown.filter((name) => known.includes(name)), 'of those that are shown there are'),
  ]
  if (first !== undefined) throw new InputError([first, ...rest])
  const environments = all.filter(({ name }) => shown.includes(name))
  const { out, deliveries, details, notes, span: spanMs, 'allow-gaps': allowGaps } = given
  return { app: environments[0]?.app ?? '', environments, production: counted.length === 0 ? usualProduction(environments.map(({ name }) => name)) : counted, out, deliveries, details, notes, spanMs, allowGaps }
}

/** Releases pass through environments in the order that they are written in, as a rule. */
function usualProduction(names: readonly string[]): readonly string[] {
  const named = names.filter((name) => /^prod/i.test(name))
  return named.length > 0 ? named : names.slice(-1)
}

function namesIn(list: string | undefined): readonly string[] {
  return [...new Set((list ?? '').split(/[\s,]+/).filter((name) => name !== ''))]
}

function unknown(input: string, asked: readonly string[], known: readonly string[], has: string): readonly Problem[] {
  return asked.filter((name) => !known.includes(name)).map((name) => ({
    code: 'input-invalid', message: `Input \`${input}\` names "${name.slice(0, 80)}", which is no environment here.`, fix: `Name environments with commas between them; ${has} ${known.join(', ')}.`,
  }))
}
