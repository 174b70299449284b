import path from 'node:path'
import { StateError } from '../errors/families.js'
import type { Files } from '../ports/files.js'

/** What `action.yml` says: the one owner of names, defaults and descriptions. */
export interface Contract {
  readonly title: string
  readonly description: string
  readonly inputs: Readonly<Record<string, InputContract>>
}

export interface InputContract {
  readonly description: string
  readonly default: string
  readonly required: boolean
}

const LEVELS = 5

/** The suite's own folder: the one above the running bundle that holds the action's contract. */
export async function suiteRoot(name: string, bundle: string, files: Files): Promise<string | undefined> {
  let folder = path.resolve(bundle)
  for (let level = 0; level < LEVELS; level += 1) {
    if (await files.info(contractFile(folder, name))) return folder
    folder = path.dirname(folder)
  }
  return undefined
}

export async function readContract(name: string, root: string | undefined, files: Files): Promise<Contract> {
  if (root === undefined) {
    throw new StateError('file-missing', { message: `\`actions/${name}/action.yml\` is not beside the bundle.`, fix: 'Run the bundle from a checkout of the whole suite.' })
  }
  const { parse } = await import('yaml')
  const found = record(parse(await files.text(contractFile(root, name))))
  const inputs = Object.entries(record(found['inputs'])).map(([input, about]) => [input, inputOf(record(about))] as const)
  return { title: text(found['name']), description: text(found['description']), inputs: Object.fromEntries(inputs) }
}

function contractFile(root: string, name: string): string {
  return path.join(root, 'actions', name, 'action.yml')
}

function inputOf(about: Readonly<Record<string, unknown>>): InputContract {
  return { description: text(about['description']), default: literal(text(about['default'])), required: about['required'] === true }
}

/** An expression of GitHub's has a value on a runner only. */
function literal(usual: string): string {
  return usual.includes('${{') ? '' : usual
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
