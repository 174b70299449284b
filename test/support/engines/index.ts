import { appendFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { engine, type EngineName } from './catalogue.mjs'

export { engine, type EngineName, type EngineState } from './catalogue.mjs'
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.mjs'

export type PathOf<Name extends EngineName> = (name: Name) => string

const required = (): boolean => process.env['ECLUSE_REQUIRE_ENGINES'] === '1'

// The test command reads this file at its end and says what was left out.
const record = (title: string, name: EngineName, bring: string): void => {
  const file = process.env['ECLUSE_LEFT_OUT']
  if (file) appendFileSync(file, `${JSON.stringify({ title, engine: name, bring })}\n`)
}

/**
 * In place of `describe` where tests run against real engines. `declare` gets a function from name to path. Where
 * one is absent the tests are skipped and listed at the end of the run, or fail when engines are required; paths of
 * skipped tests are empty, since `declare` then runs only so that its tests are counted.
 */
export const withEngines = <Name extends EngineName>(
  names: readonly Name[],
  title: string,
  declare: (pathOf: PathOf<Name>) => void,
): void => {
  const states = names.map((name) => ({ name, state: engine(name) }))
  const pathOf: PathOf<Name> = (wanted) => states.flatMap(({ name, state }) => (name === wanted && 'path' in state ? [state.path] : []))[0] ?? ''
  const body = (): void => declare(pathOf)
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
      expect(absent.map(({ missing, bring }) => `${missing} Bring it with: ${bring}`)).toEqual([])
    })
  })
}
