import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { configJsonSchema } from '../../core/config/json-schema.js'
import * as approvalBrief from '../../actions/approval-brief/inputs.js'
import * as buildImage from '../../actions/build-image/inputs.js'
import * as canaryPromote from '../../actions/canary-promote/inputs.js'
import * as dbBackup from '../../actions/db-backup/inputs.js'
import * as dbRestore from '../../actions/db-restore/inputs.js'
import * as deployStaging from '../../actions/deploy-staging/inputs.js'
import * as notify from '../../actions/notify/inputs.js'
import * as publishDashboard from '../../actions/publish-dashboard/inputs.js'
import * as qualityGate from '../../actions/quality-gate/inputs.js'
import * as reconcile from '../../actions/reconcile/inputs.js'
import * as rollback from '../../actions/rollback/inputs.js'
import * as setupEnvironments from '../../actions/setup-environments/inputs.js'
import * as smokeTest from '../../actions/smoke-test/inputs.js'
import * as watchRelease from '../../actions/watch-release/inputs.js'
import { duration } from '../../core/inputs/values.js'
import { exampleFaults, examplesIn, keysOf, type Contracts, type Meanings } from '../support/policy/examples.js'
import { actionNames, filesBelow, textOf, there } from '../support/policy/files.js'

const ofTheSuite: Contracts = (target) => {
  const file = target.startsWith('.github/') ? target : `${target}/action.yml`
  return there(file) ? (parse(textOf(file)) as unknown) : undefined
}

const modules = { 'approval-brief': approvalBrief, 'build-image': buildImage, 'canary-promote': canaryPromote, 'db-backup': dbBackup, 'db-restore': dbRestore, 'deploy-staging': deployStaging, notify, 'publish-dashboard': publishDashboard, 'quality-gate': qualityGate, reconcile, rollback, 'setup-environments': setupEnvironments, 'smoke-test': smokeTest, 'watch-release': watchRelease }
const meanings: Meanings = Object.fromEntries(Object.entries(modules).map(([name, { inputs }]) => [`actions/${name}`, inputs]))

const pages = ['README.md', ...filesBelow('action-docs').filter((file) => file.endsWith('.md'))]
const examples = pages.flatMap((file) => examplesIn(file, textOf(file)))

describe('the examples in the docs', () => {
  test('are there', () => {
    expect(examples.length).toBeGreaterThan(8)
    expect(Object.keys(modules)).toEqual(actionNames)
  })

  test.each(examples.map((example) => [`${example.file}:${example.line}`, example] as const))('%s holds', async (_, example) => {
    expect(await exampleFaults(example, ofTheSuite, meanings)).toEqual([])
  })
})

const bell: Contracts = (target) => {
  if (target === 'actions/bell') return parse('inputs: { url: { required: true }, loud: { default: "no" } }')
  if (target === '.github/workflows/ring.yml') return parse('on: { workflow_call: { inputs: { where: { type: string, required: true } }, secrets: { KEY: } } }')
  return undefined
}

const bad: readonly (readonly [string, string, string])[] = [
  ['YAML that is none', 'a: [', 'a.md:1: '],
  ['a key twice', 'a: 1\na: 2', 'unique'],
  ['an action that is not there', '- uses: ecluse-cd/ecluse/actions/gong@v1', 'a.md:1: ecluse-cd/ecluse/actions/gong@v1 is not there'],
  ['an input that is not there', '- uses: ecluse-cd/ecluse/actions/bell@v1\n  with: { url: x, volume: 3 }', 'a.md:1: ecluse-cd/ecluse/actions/bell@v1 has no input `volume`'],
  ['an input that is missing', '- uses: ecluse-cd/ecluse/actions/bell@v1', 'a.md:1: ecluse-cd/ecluse/actions/bell@v1 needs the input `url`'],
  ['a value that the action would refuse', '- uses: ecluse-cd/ecluse/actions/bell@v1\n  with: { url: x, loud: 3 }', 'a.md:1: ecluse-cd/ecluse/actions/bell@v1: `loud` is "3", not a duration'],
  ['another version', '- uses: ecluse-cd/ecluse/actions/bell@main\n  with: { url: x }', 'a.md:1: ecluse-cd/ecluse/actions/bell@main should name v1'],
  ['a relative path', 'jobs: { a: { steps: [ { uses: ./actions/bell } ] } }', "a.md:1: ./actions/bell would be looked for in the caller's repository"],
  ['a secret of a workflow that is not there', 'jobs: { a: { uses: ecluse-cd/ecluse/.github/workflows/ring.yml@v1, with: { where: x }, secrets: { TOKEN: x } } }', 'a.md:1: ecluse-cd/ecluse/.github/workflows/ring.yml@v1 has no secret `TOKEN`'],
  ['an input of a workflow that is missing', 'jobs: { a: { uses: ecluse-cd/ecluse/.github/workflows/ring.yml@v1, secrets: inherit } }', 'a.md:1: ecluse-cd/ecluse/.github/workflows/ring.yml@v1 needs the input `where`'],
  ['a key of the configuration that is not there', '# ecluse.yml\nbild: {}', '`bild` is not a key'],
  ['what this version does not serve', 'environments: { staging: { platform: { ecs: {} } } }', 'needs the platform driver `ecs`'],
]

test.each(bad)('finds %s', async (_, text, fault) => {
  expect(await exampleFaults({ file: 'a.md', line: 1, text }, bell, { 'actions/bell': { loud: duration() } })).toEqual([expect.stringContaining(fault)])
})

test('finds blocks where they stand, and passes over what is not YAML', () => {
  const page = 'Text.\n\n```yaml\na: 1\n```\n\n- a list\n\n  ```yml\n  b: 2\n  ```\n\n```sh\nc: [\n```\n'
  expect(examplesIn('a.md', page)).toEqual([{ file: 'a.md', line: 3, text: 'a: 1\n' }, { file: 'a.md', line: 9, text: 'b: 2\n' }])
})

describe('the guide to ecluse.yml', () => {
  const guide = textOf('action-docs/configuration.md')
  const wordsOf = (text: string): ReadonlySet<string> => new Set([...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, found]) => [found!, found!.split(':')[0]!]))

  test('explains every key', () => {
    const words = wordsOf(guide)
    // Keys of a check, and what is only refused, stand there without the path to them.
    const bare = wordsOf(guide.slice(guide.indexOf('## checks'), guide.indexOf('## extends')) + guide.slice(guide.indexOf('## What this version serves'), guide.indexOf('## The file')))
    const known = keysOf(configJsonSchema()).map((path) => path.replace(/^environments\.\*\./, ''))
    const explained = (path: string): boolean => words.has(path) || bare.has(path.split('.').at(-1)!)
    expect(known.length).toBeGreaterThan(70)
    expect(known.filter((path) => !explained(path))).toEqual([])
  })

  test('explains no key that is not there', () => {
    const known = new Set(keysOf(configJsonSchema()).map((path) => path.replace(/^environments\.\*\./, '')))
    const rows = [...guide.matchAll(/^\| `([a-z][a-z.-]*)` \|/gm)].map(([, path]) => path!)
    expect(rows.length).toBeGreaterThan(50)
    expect(rows.filter((path) => !known.has(path) && !['health', 'contains'].includes(path))).toEqual([])
  })

  test('knows keys in mappings, lists and choices', () => {
    const schema = { properties: { a: { properties: { b: {} } }, c: { items: { anyOf: [{}, { properties: { d: {} } }] } }, e: { additionalProperties: { properties: { f: {} } } } } }
    expect(keysOf(schema)).toEqual(['a', 'a.b', 'c', 'c.*.d', 'e', 'e.*.f'])
  })
})
