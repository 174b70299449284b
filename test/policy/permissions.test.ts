import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { ahead, grantedByYaml, needs, usual, wanted } from '../../core/domain/permissions.js'
import { examplesIn } from '../support/policy/examples.js'
import { actionNames, filesBelow, sourcesBelow, textOf, there } from '../support/policy/files.js'

const granted = z.record(z.string(), z.string())
const step = z.object({ uses: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() })
const job = z.object({ uses: z.string().optional(), if: z.union([z.string(), z.boolean()]).optional(), with: z.record(z.string(), z.unknown()).optional(), permissions: granted.optional(), steps: z.array(step).default([]) })
const workflow = z.object({ permissions: granted.optional(), jobs: z.record(z.string(), job) })
type Granted = z.infer<typeof granted>
type Job = z.infer<typeof job>

/** To write includes to read. */
const allows = (given: Granted, permission: string): boolean => {
  const [name = '', level = ''] = permission.split(': ')
  return given[name] === 'write' || given[name] === level
}
const ours = (uses = ''): string | undefined => /^ecluse-cd\/ecluse\/actions\/([a-z-]+)@/.exec(uses)?.[1]

/** What the steps of a job can't do without, of the job's own token. */
const neededBy = (steps: Job['steps']): readonly string[] => steps.flatMap(({ uses, with: given }) => (needs[ours(uses) ?? ''] ?? [])
  .filter(({ optional, ownToken, mode, permission }) => optional !== true && ownToken !== true && grantedByYaml(permission) && (mode === undefined || mode === (given?.['mode'] ?? 'run')))
  .map(({ permission }) => permission))

const lacks = (steps: Job['steps'], given: Granted): readonly string[] => [...new Set(neededBy(steps).filter((permission) => !allows(given, permission)))]

const files = filesBelow('.github/workflows').filter((file) => !/\/(ci|release)\.yml$/.test(file))
const workflows = files.map((file) => ({ file, ...workflow.parse(parse(textOf(file))) }))

/** What a caller must grant: what the jobs name, and what those need that name nothing, as far as its inputs let them run. */
const askedOfCaller = (file: string, given: Job['with'] = {}): readonly string[] => {
  const found = workflows.find((one) => one.file === file)
  const runs = ({ if: condition }: Job): boolean => {
    const input = /^inputs\.([a-z-]+)$/.exec(String(condition ?? ''))?.[1]
    return input === undefined || Boolean(given[input])
  }
  return Object.values(found?.jobs ?? {}).filter(runs).flatMap(({ permissions = found?.permissions, steps }) => (permissions === undefined ? neededBy(steps) : Object.entries(permissions).map(([name, level]) => `${name}: ${level}`)))
}

describe('the table of permissions', () => {
  test('names every action of the suite', () => {
    expect(Object.keys(needs).toSorted()).toEqual([...actionNames].toSorted())
    expect(usual.filter((name) => !actionNames.includes(name))).toEqual([])
  })

  test('names every permission that a driver asks for', () => {
    const asked = sourcesBelow('core/drivers').flatMap((file) => [...textOf(file).matchAll(/'((?:[a-z]+(?:-[a-z]+)*): (?:read|write))'/g)].map(([, permission]) => permission!))
    const known = Object.values(needs).flat().map(({ permission }) => permission)
    const covered = (permission: string): boolean => known.includes(permission) || known.includes(permission.replace(': read', ': write')) || permission in ahead
    expect(new Set(asked).size).toBeGreaterThan(6)
    expect([...new Set(asked)].filter((permission) => !covered(permission))).toEqual([])
  })

  test('puts together what several actions need', () => {
    const found = wanted(['rollback', 'db-backup'], true)
    expect(found.map(({ permission, required }) => `${permission}${required ? '' : '?'}`)).toEqual(['contents: read', 'deployments: write', 'actions: read?', 'contents: write?', 'issues: write?'])
    expect(found[1]).toMatchObject({ by: ['rollback', 'db-backup'], why: 'write the record and hold the lease; record the receipt' })
    expect(wanted(['rollback'], false).map(({ permission }) => permission)).toEqual(['contents: read', 'issues: write'])
  })
})

describe('the reusable workflows', () => {
  test.each(files)('%s: its jobs are given what their actions need', (file) => {
    const { jobs, permissions } = workflows.find((one) => one.file === file)!
    const faults = Object.entries(jobs).flatMap(([name, about]) => {
      const given = about.permissions ?? permissions
      return given === undefined ? [] : lacks(about.steps, given).map((permission) => `${name} lacks ${permission}`)
    })
    expect(faults).toEqual([])
  })
})

describe('the examples in the docs', () => {
  const pages = ['README.md', ...filesBelow('action-docs').filter((file) => file.endsWith('.md'))]
  const jobs = pages.flatMap((file) => examplesIn(file, textOf(file)).flatMap((example) => {
    const read = workflow.safeParse(parse(example.text))
    return read.success ? Object.entries(read.data.jobs).map(([name, about]) => ({ at: `${file}:${example.line} ${name}`, given: about.permissions ?? read.data.permissions, about })) : []
  }))

  test('grant what the called workflow asks for, and what the steps need', () => {
    expect(jobs.length).toBeGreaterThan(10)
    const faults = jobs.flatMap(({ at, given = {}, about }) => {
      const called = /^ecluse-cd\/ecluse\/(\.github\/workflows\/[a-z-]+\.yml)@/.exec(about.uses ?? '')?.[1]
      const asked = called !== undefined && there(called) ? askedOfCaller(called, about.with) : []
      const missing = [...lacks(about.steps, given), ...asked.filter((permission) => !allows(given, permission))]
      return [...new Set(missing)].map((permission) => `${at} does not grant ${permission}`)
    })
    expect(faults).toEqual([])
  })

  test('ask for nothing that nobody needs', () => {
    const known = [...Object.values(needs).flat().map(({ permission }) => permission), ...Object.keys(ahead), 'pages: write', 'security-events: write']
    const faults = jobs.filter(({ about }) => ours(about.uses) ?? /ecluse-cd/.test(about.uses ?? '')).flatMap(({ at, given = {} }) => Object.entries(given).filter(([name, level]) => !known.includes(`${name}: ${level}`)).map(([name, level]) => `${at} grants ${name}: ${level}`))
    expect(faults).toEqual([])
  })
})
