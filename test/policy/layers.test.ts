import { describe, expect, test } from '@jest/globals'
import { foldersIn, sourcesBelow, textOf } from '../support/policy/files.js'
import { knownRooms, layerFaults, REGISTRIES } from '../support/policy/layers.js'
import { registrations } from '../support/policy/syntax.js'

/** Keys of the registry that load another vendor's folder, folders that nobody registered, and the reverse. */
const registryFaults = (source: string, folders: readonly string[]): readonly string[] => {
  const entries = registrations(source).map(({ key, loads }) => ({ key, folder: loads.map((load) => load.replace(/^\.\/(.*)\/index\.js$/, '$1')).join(' and ') }))
  const registered = new Set(entries.map(({ folder }) => folder))
  return [
    ...entries.filter(({ key, folder }) => folder.split('/')[1] !== key).map(({ key, folder }) => `\`${key}\` loads ${folder === '' ? 'nothing' : folder}`),
    ...entries.filter(({ folder }) => !folders.includes(folder)).map(({ key }) => `\`${key}\` has no folder`),
    ...folders.filter((folder) => !registered.has(folder)).map((folder) => `${folder} is not registered`),
  ]
}

const driverFolders = foldersIn('core/drivers').flatMap((port) => foldersIn(`core/drivers/${port}`).map((vendor) => `${port}/${vendor}`))

describe('the rooms of the house', () => {
  test('are all in the table', () => {
    expect(foldersIn('core').map((name) => `core/${name}`).filter((room) => !knownRooms.includes(room))).toEqual([])
  })

  test('import only what the table allows', () => {
    const sources = [...sourcesBelow('core'), ...sourcesBelow('actions')]
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap((file) => layerFaults(file, textOf(file)))).toEqual([])
  })

  const bad: readonly (readonly [string, string])[] = [
    ['core/domain/a.ts', "import { x } from '../ports/clock.js'"],
    ['core/domain/a.ts', "import path from 'node:path'"],
    ['core/domain/a.ts', 'export const now = () => Date.now()'],
    ['core/domain/a.ts', 'export const now = () => new Date()'],
    ['core/domain/a.ts', 'export const dice = () => Math.random()'],
    ['core/errors/a.ts', "import type { x } from '../domain/a.js'"],
    ['core/ports/a.ts', "import type { x } from '../io/http.js'"],
    ['core/inputs/a.ts', "import { x } from '../config/load.js'"],
    ['core/config/a.ts', "import { x } from 'node:fs'"],
    ['core/delivery/a.ts', "import { x } from '../io/http.js'"],
    ['core/io/a.ts', "import { x } from '../delivery/heal.js'"],
    ['core/local/a.ts', "import { x } from '../io/http.js'"],
    ['core/page/a.ts', "import { x } from '../ports/clock.js'"],
    ['core/page/a.ts', "import path from 'node:path'"],
    ['core/page/a.ts', "await fetch('https://example.com')"],
    ['core/host/a.ts', "import { x } from '../local/main.js'"],
    ['core/host/a.ts', "import { x } from 'lodash'"],
    ['core/drivers/platforms/local/a.ts', "import { x } from '../../metrics/local/index.js'"],
    ['core/drivers/platforms/local/a.ts', "import { x } from '../../platforms/compose/index.js'"],
    ['core/drivers/platforms/local/a.ts', "import { x } from 'tar-stream'"],
    ['core/drivers/platforms/local/a.ts', "import { x } from 'node:child_process'"],
    ['core/drivers/platforms/local/a.ts', "const { x } = await import('node:fs/promises')"],
    ['core/drivers/platforms/local/a.ts', "const home = process.env['HOME']"],
    ['core/drivers/platforms/local/a.ts', "const { HOME } = process['env']"],
    ['core/drivers/platforms/local/a.ts', 'const { env } = process'],
    ['core/drivers/stores/disk/a.ts', "await fetch('https://example.com')"],
    ['core/drivers/stores/disk/a.ts', "await globalThis.fetch('https://example.com')"],
    ['core/drivers/stores/disk/a.ts', 'const driver = (name: string) => import(name)'],
    ['actions/rollback/flow.ts', "import { x } from '../../core/host/run.js'"],
    ['actions/rollback/flow.ts', "import { x } from '../smoke-test/flow.js'"],
    ['actions/rollback/flow.ts', "import { x } from '../../core/inputs/values.js'"],
    ['actions/rollback/flow.ts', "import * as core from '@actions/core'"],
    ['actions/rollback/flow.ts', "type X = import('../../core/drivers/registry.js').X"],
    ['actions/rollback/flow.ts', "export * from '../../core/io/http.js'"],
    ['actions/rollback/main.ts', "import { x } from '../../core/drivers/platforms/local/index.js'"],
    ['actions/rollback/main.ts', "import { x } from '../../core/io/http.js'"],
    ['core/attic/a.ts', "import { x } from '../domain/a.js'"],
  ]

  test.each(bad)('refuse in %s: %s', (file, source) => {
    expect(layerFaults(file, source)).toEqual([expect.stringContaining(file)])
  })

  const good: readonly (readonly [string, string])[] = [
    ['core/domain/judge/a.ts', "import { x } from '../duration.js'\nexport const day = (at: number) => new Date(at)"],
    ['core/io/children/a.ts', "import { x } from '../../ports/process.js'\nimport { y } from 'node:fs'"],
    ['core/drivers/builders/oci-layout/tree/a.ts', "import { x } from 'tar-stream'\nimport { y } from '../index.js'\nimport path from 'node:path'"],
    ['actions/rollback/inputs.ts', "import { x } from '../../core/inputs/values.js'"],
    ['actions/rollback/main.ts', "import { x } from '../../core/drivers/registry.js'\nimport { y } from './flow.js'"],
  ]

  test.each(good)('allow in %s: %s', (file, source) => {
    expect(layerFaults(file, source)).toEqual([])
  })
})

describe('the registry of drivers', () => {
  test('has a key for every folder, and a folder for every key', () => {
    expect(driverFolders.length).toBeGreaterThan(4)
    expect(registryFaults(REGISTRIES.map(textOf).join('\n'), driverFolders)).toEqual([])
  })

  test('finds a folder that is not registered, a key without a folder, and a key that loads another', () => {
    const source = "const platforms = { local: async () => import('./platforms/local/index.js'), ecs: async () => import('./platforms/compose/index.js') } satisfies Drivers"
    expect(registryFaults(source, ['platforms/local', 'platforms/vercel'])).toEqual(['`ecs` loads platforms/compose', '`ecs` has no folder', 'platforms/vercel is not registered'])
  })
})
