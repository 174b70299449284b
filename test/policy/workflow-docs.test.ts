import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { root, textOf } from '../support/policy/files.js'
import { workflowFiles } from '../support/workflows/files.js'

const described = z.object({ description: z.string().min(1) })
const called = z.object({
  on: z.object({
    workflow_call: z.object({
      inputs: z.record(z.string(), described.extend({ type: z.enum(['string', 'boolean', 'number']), default: z.union([z.string(), z.boolean(), z.number()]) })),
      secrets: z.record(z.string(), described.extend({ required: z.literal(false) })),
      outputs: z.record(z.string(), described.extend({ value: z.string() })),
    }),
  }),
})

type Kind = 'inputs' | 'secrets' | 'outputs'
const kinds: readonly Kind[] = ['inputs', 'secrets', 'outputs']

const cell = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`)

/** A table's rows as they must be, from the workflow. */
const rowsOf = (workflow: string, kind: Kind): readonly string[] => {
  const { inputs, ...others } = called.parse(parse(workflow)).on.workflow_call
  if (kind !== 'inputs') return Object.entries(others[kind]).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`)
  return Object.entries(inputs).map(([name, about]) => {
    const usual = String(about.default) === '' ? '' : `\`${String(about.default)}\` `
    return `| \`${name}\` | ${about.type} | ${usual}| ${cell(about.description)} |`
  })
}

/** A table's rows as the page has them, without the two of its head. */
const rowsIn = (page: string, name: string, kind: Kind): readonly string[] => {
  const block = page.split(`<!-- ${name} ${kind}:start -->\n`)[1]?.split(`<!-- ${name} ${kind}:end -->`)[0]
  return block === undefined ? [] : block.trim().split('\n').slice(2)
}

const faults = (page: string, name: string, workflow: string): readonly string[] =>
  kinds.flatMap((kind) => {
    const [written, meant] = [rowsIn(page, name, kind), rowsOf(workflow, kind)]
    return [
      ...meant.filter((row) => !written.includes(row)).map((row) => `${name}, ${kind}: not on the page: ${row}`),
      ...written.filter((row) => !meant.includes(row)).map((row) => `${name}, ${kind}: only on the page: ${row}`),
    ]
  })

describe('action-docs/workflows.md', () => {
  test.each(['backup.yml', 'dashboard.yml', 'deliver.yml', 'quality.yml', 'reconcile.yml', 'restore.yml', 'rollback.yml', 'watch.yml'])('says of %s what it takes and gives, no more and no less', (name) => {
    expect(faults(textOf('action-docs/workflows.md'), name, textOf(`.github/workflows/${name}`))).toEqual([])
  })

  const bell = `on: { workflow_call: { inputs: { loud: { description: How loud., type: string, default: very } }, secrets: { KEY: { description: A key., required: false } }, outputs: { rung: { description: Whether., value: x } } } }`
  const head = '| a | b |\n| --- | --- |\n'
  const page = `<!-- bell.yml inputs:start -->\n${head}| \`loud\` | string | \`very\` | How loud. |\n<!-- bell.yml inputs:end -->
<!-- bell.yml secrets:start -->\n${head}| \`KEY\` | A key. |\n<!-- bell.yml secrets:end -->
<!-- bell.yml outputs:start -->\n${head}| \`rung\` | Whether. |\n<!-- bell.yml outputs:end -->`

  test('is compared in both directions', () => {
    expect(faults(page, 'bell.yml', bell)).toEqual([])
    expect(faults(page.replace('`KEY`', '`DOOR`'), 'bell.yml', bell)).toEqual(['bell.yml, secrets: not on the page: | `KEY` | A key. |', 'bell.yml, secrets: only on the page: | `DOOR` | A key. |'])
    expect(faults(page.replace('`very`', '`little`'), 'bell.yml', bell)).toHaveLength(2)
    expect(faults('', 'bell.yml', bell)).toHaveLength(3)
  })
})

describe('spans and logs', () => {
  const variables = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ECLUSE_LOG']
  const withEnv = z.object({ env: z.record(z.string(), z.string()) })

  test('go where and as the variables of the repository say, from every reusable workflow, as the page on traces promises', () => {
    const reusable = workflowFiles(root).map((file) => path.basename(file)).filter((name) => called.safeParse(parse(textOf(`.github/workflows/${name}`))).success)
    expect(reusable.length).toBeGreaterThan(7)
    const lost = reusable.filter((name) => {
      const { env = {} } = withEnv.safeParse(parse(textOf(`.github/workflows/${name}`))).data ?? {}
      return variables.some((variable) => env[variable] !== `\${{ vars.${variable} }}`)
    })
    expect(lost).toEqual([])
  })
})

describe('the outputs of a reusable workflow', () => {
  test.each(['backup.yml', 'dashboard.yml', 'deliver.yml', 'quality.yml', 'reconcile.yml', 'restore.yml', 'rollback.yml', 'watch.yml'])('%s: each is put out by a job, which takes it from a step', (name) => {
    const workflow: unknown = parse(textOf(`.github/workflows/${name}`))
    const jobs = z.object({ jobs: z.record(z.string(), z.object({ outputs: z.record(z.string(), z.string()).default({}), steps: z.array(z.object({ id: z.string().optional() })) })) }).parse(workflow).jobs
    const { outputs } = called.parse(workflow).on.workflow_call
    const values = Object.values(outputs).map(({ value }) => /^\$\{\{ jobs\.(?<job>[\w-]+)\.outputs\.(?<output>[\w-]+) \}\}$/.exec(value)?.groups)
    const missing = values.filter((groups) => jobs[groups?.['job'] ?? '']?.outputs[groups?.['output'] ?? ''] === undefined)
    expect(missing).toEqual([])
    const given = values.map((groups) => `${groups?.['job']}.${groups?.['output']}`)
    const unused = Object.entries(jobs).flatMap(([job, about]) => Object.keys(about.outputs).map((output) => `${job}.${output}`)).filter((output) => !given.includes(output) && !/\.(?:requested-at|traceparent|watch-begun)$/.test(output))
    expect(unused).toEqual([])
  })
})
