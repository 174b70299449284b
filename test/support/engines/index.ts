import { appendFileSync } from 'node:fs'
import { describe, test } from '@jest/globals'
import { engine, type EngineName } from './catalogue.mjs'

export { engine, type EngineName, type EngineState } from './catalogue.mjs'
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.mjs'

export type EnginePaths<Name extends EngineName> = Readonly<Record<Name, string>>

const required = (): boolean => process.env['ECLUSE_REQUIRE_ENGINES'] === '1'

// The test command reads this file at its end and says what was left out.
const record = (title: string, name: EngineName, bring: string): void => {
  const file = process.env['ECLUSE_LEFT_OUT']
  if (file) appendFileSync(file, `${JSON.stringify({ title, engine: name, bring })}\n`)
}

/**
 * In place of `describe` where tests run against real engines. `declare` gets the path of each. Where one is absent the
 * tests are skipped and listed at the end of the run, or fail when engines are required; `declare` then runs with empty
 * paths, only so that its tests are counted.
 */
export const withEngines = <Name extends EngineName>(
  names: readonly Name[],
  title: string,
  declare: (paths: EnginePaths<Name>) => void,
): void => {
  const states = names.map((name) => ({ name, state: engine(name) }))
  const paths = Object.fromEntries(states.map(({ name, state }) => [name, 'path' in state ? state.path : '']))
  const body = (): void => declare(paths as EnginePaths<Name>)
  const absent = states.flatMap(({ name, state }) => ('missing' in state ? [{ name, ...state }] : []))
  if (absent.length === 0) {
    describe(title, body)
    return
  }
  for (const { name, bring } of absent) record(title, name, bring)
  if (!required()) {
    describe.skip(title, body)
    return
  }
  describe(title, () => {
    test('has the engines it runs against', () => {
      throw new Error(absent.map(({ missing, bring }) => `${missing} Bring it with: ${bring}`).join('\n'))
    })
  })
}
