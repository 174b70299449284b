import { z } from 'zod'

const about = z.object({ description: z.string().default(''), default: z.union([z.string(), z.number(), z.boolean()]).optional(), required: z.boolean().optional() })

export const actionFile = z.object({
  inputs: z.record(z.string(), about.nullable().transform((value) => value ?? about.parse({}))).default({}),
  outputs: z.record(z.string(), about.nullable().transform((value) => value ?? about.parse({}))).default({}),
  runs: z.object({ using: z.string(), main: z.string(), post: z.string().optional() }),
})

/** One action as its parts say it: contract, code and page. */
export interface Facts {
  readonly name: string
  readonly action: z.infer<typeof actionFile>
  readonly fields: Readonly<Record<string, { readonly required?: boolean }>>
  readonly outputs: readonly string[]
  readonly reasons: readonly string[]
  readonly page: string
  /** Inputs that the configuration can set as well. */
  readonly overridable: readonly string[]
  readonly hasPost: boolean
  readonly there: (file: string) => boolean
}

/** What the host puts out for every action. */
const HOST_OUTPUTS = ['reason', 'traceparent']

/** Everything in which an action's parts don't agree. */
export function contractFaults(facts: Facts): readonly string[] {
  return [...nameFaults(facts), ...inputFaults(facts), ...runFaults(facts), ...descriptionFaults(facts)].map((fault) => `${facts.name}: ${fault}`)
}

function nameFaults({ action, fields, outputs, reasons, page }: Facts): readonly string[] {
  return [
    ...apart('input', { 'action.yml': Object.keys(action.inputs), 'inputs.ts': Object.keys(fields) }),
    ...apart('output', { 'action.yml': Object.keys(action.outputs), 'outcome.ts': [...outputs, ...HOST_OUTPUTS] }),
    ...apart('input', { 'action.yml': Object.keys(action.inputs), 'the page': listed(page, 'inputs') }),
    ...apart('output', { 'action.yml': Object.keys(action.outputs), 'the page': listed(page, 'outputs') }),
    ...apart('reason', { 'the code': reasons, 'the page': listed(page, 'reasons') }),
  ]
}

function apart(kind: string, sides: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return Object.entries(sides).flatMap(([side, names]) =>
    Object.entries(sides)
      .filter(([other]) => other !== side)
      .flatMap(([other, others]) => names.filter((name) => !others.includes(name)).map((name) => `${kind} \`${name}\` is in ${side} and not in ${other}`)),
  )
}

/** Names in the first column of a page's marked table. */
function listed(page: string, block: string): readonly string[] {
  const inside = new RegExp(`<!-- ${block}:start -->([^]*?)<!-- ${block}:end -->`).exec(page)?.[1] ?? ''
  return [...inside.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
}

function inputFaults({ action, fields, overridable }: Facts): readonly string[] {
  return Object.entries(action.inputs).flatMap(([name, input]) => {
    // An expression is the runner's to fill in; in a terminal there is nothing.
    const usual = input.default !== undefined && String(input.default) !== '' && !String(input.default).includes('${{')
    const needed = fields[name]?.required === true
    return [
      ...(usual && !needed ? [`input \`${name}\` has a default and is not \`required(…)\` in inputs.ts`] : []),
      ...(needed && !usual && input.required !== true ? [`input \`${name}\` is \`required(…)\` and has neither a default nor \`required: true\``] : []),
      ...(input.required === true && (usual || !needed) ? [`input \`${name}\` says \`required: true\` and can be left out`] : []),
      // A default would hide whether the user gave it, and so win over the file.
      ...(usual && overridable.includes(name) ? [`input \`${name}\` has a default, and the configuration can set it too`] : []),
    ]
  })
}

function runFaults({ name, action, hasPost, there }: Facts): readonly string[] {
  const { using, main, post } = action.runs
  const wanted = { main: `../../dist/${name}/index.js`, post: hasPost ? `../../dist/${name}/post/index.js` : undefined }
  const missing = [main, ...(post === undefined ? [] : [post])].map((file) => file.replace(/^\.\.\/\.\.\//, '')).filter((file) => !there(file))
  return [
    ...(using === 'node24' ? [] : [`it runs with ${using}, not node24`]),
    ...(main === wanted.main ? [] : [`\`runs.main\` is ${main}, not ${wanted.main}`]),
    ...(post === wanted.post ? [] : [`\`runs.post\` is ${post ?? 'not there'}, not ${wanted.post ?? 'absent'}`]),
    ...missing.map((file) => `${file} is not there`),
  ]
}

function descriptionFaults({ action }: Facts): readonly string[] {
  const named = [...Object.entries(action.inputs), ...Object.entries(action.outputs)]
  return named.filter(([, { description }]) => description.trim() === '').map(([name]) => `\`${name}\` has no description`)
}
