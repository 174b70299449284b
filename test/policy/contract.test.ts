import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { overridable } from '../../core/config/overrides.js'
import { hostReasons } from '../../core/host/reasons.js'
import { actionFile, contractFaults, type Facts } from '../support/policy/contract.js'
import { actionNames, there, textOf } from '../support/policy/files.js'

const inputsModule = z.object({ inputs: z.record(z.string(), z.object({ required: z.boolean().optional() })) })
const outcomeModule = z.object({ outputs: z.array(z.string()), reasons: z.record(z.string(), z.string().min(1)) })

const factsOf = async (name: string): Promise<Facts> => {
  const { inputs } = inputsModule.parse({ ...(await import(`../../actions/${name}/inputs.js`)) })
  const { outputs, reasons } = outcomeModule.parse({ ...(await import(`../../actions/${name}/outcome.js`)) })
  const fields = Object.fromEntries(Object.entries(inputs).map(([input, { required }]) => [input, required === undefined ? {} : { required }]))
  const page = there(`action-docs/${name}.md`) ? textOf(`action-docs/${name}.md`) : ''
  const action = actionFile.parse(parse(textOf(`actions/${name}/action.yml`)))
  return { name, action, fields, outputs, reasons: [...new Set([...Object.keys(reasons), ...Object.keys(hostReasons)])], page, overridable, hasPost: there(`actions/${name}/post.ts`), there }
}

test('there are six actions, each with its page', () => {
  expect(actionNames).toEqual(expect.arrayContaining(['build-image', 'canary-promote', 'db-backup', 'deploy-staging', 'rollback', 'smoke-test']))
  expect(actionNames.filter((name) => !there(`action-docs/${name}.md`))).toEqual([])
})

test.each(actionNames)('%s: contract, code, page and bundle agree', async (name) => {
  expect(contractFaults(await factsOf(name))).toEqual([])
})

const page = `
<!-- inputs:start -->
| \`url\` | | Where. |
<!-- inputs:end -->
<!-- outputs:start -->
| \`seconds\` | How long. |
| \`reason\` | Why. |
| \`traceparent\` | Where. |
<!-- outputs:end -->
<!-- reasons:start -->
| \`done\` | It is. |
<!-- reasons:end -->`

const good: Facts = {
  name: 'bell',
  action: { inputs: { url: { description: 'Where.' } }, outputs: { seconds: { description: 'How long.' }, reason: { description: 'Why.' }, traceparent: { description: 'Where.' } }, runs: { using: 'node24', main: '../../dist/bell/index.js' } },
  fields: { url: {} },
  outputs: ['seconds'],
  reasons: ['done'],
  page,
  overridable: ['url'],
  hasPost: false,
  there: () => true,
}
const { action } = good

const bad: readonly (readonly [string, Partial<Facts>, readonly string[]])[] = [
  ['an input that only the code has', { fields: { url: {}, extra: {} } }, ['bell: input `extra` is in inputs.ts and not in action.yml']],
  ['an input that only the contract has', { fields: {} }, ['bell: input `url` is in action.yml and not in inputs.ts']],
  ['an output that the code never puts out', { outputs: [] }, ['bell: output `seconds` is in action.yml and not in outcome.ts']],
  ['a contract without `reason`', { action: { ...action, outputs: { seconds: { description: 'How long.' }, traceparent: { description: 'Where.' } } } }, ['bell: output `reason` is in outcome.ts and not in action.yml', 'bell: output `reason` is in the page and not in action.yml']],
  ['a reason that the page does not list', { reasons: ['done', 'failed'] }, ['bell: reason `failed` is in the code and not in the page']],
  ['a reason that only the page lists', { reasons: [] }, ['bell: reason `done` is in the page and not in the code']],
  ['a page without its blocks', { page: '', reasons: [] }, ['bell: input `url` is in action.yml and not in the page', 'bell: output `seconds` is in action.yml and not in the page', 'bell: output `reason` is in action.yml and not in the page', 'bell: output `traceparent` is in action.yml and not in the page']],
  ['a default that the code does not know of', { overridable: [], action: { ...action, inputs: { url: { description: 'Where.', default: 'x' } } } }, ['bell: input `url` has a default and is not `required(…)` in inputs.ts']],
  ['a default that hides the configuration', { fields: { url: { required: true } }, action: { ...action, inputs: { url: { description: 'Where.', default: 'x' } } } }, ['bell: input `url` has a default, and the configuration can set it too']],
  ['a required input that the contract calls optional', { fields: { url: { required: true } } }, ['bell: input `url` is `required(…)` and has neither a default nor `required: true`']],
  ['an optional input that the contract calls required', { action: { ...action, inputs: { url: { description: 'Where.', required: true } } } }, ['bell: input `url` says `required: true` and can be left out']],
  ['another Node', { action: { ...action, runs: { ...action.runs, using: 'node20' } } }, ['bell: it runs with node20, not node24']],
  ["another action's bundle", { action: { ...action, runs: { ...action.runs, main: '../../dist/gong/index.js' } } }, ['bell: `runs.main` is ../../dist/gong/index.js, not ../../dist/bell/index.js']],
  ['a post step that nobody calls', { hasPost: true }, ['bell: `runs.post` is not there, not ../../dist/bell/post/index.js']],
  ['a post step that is not written', { action: { ...action, runs: { ...action.runs, post: '../../dist/bell/post/index.js' } } }, ['bell: `runs.post` is ../../dist/bell/post/index.js, not absent']],
  ['a bundle that was never made', { there: () => false }, ['bell: dist/bell/index.js is not there']],
  ['an input without a description', { action: { ...action, inputs: { url: { description: ' ' } } } }, ['bell: `url` has no description']],
]

describe('the comparison', () => {
  test('has nothing to say of parts that agree', () => {
    expect(contractFaults(good)).toEqual([])
  })

  test.each(bad)('finds %s', (_, changed, faults) => {
    expect(contractFaults({ ...good, ...changed })).toEqual(faults)
  })
})
