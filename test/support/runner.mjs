/** Runs the committed bundles as a runner does: inputs and files by environment, state handed to the post step. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary', GITHUB_ENV: 'env', GITHUB_PATH: 'path' }

/** The contract of an action, from its `action.yml`. */
export async function contractOf(action) {
  return parse(await readFile(path.join(root, 'actions', action, 'action.yml'), 'utf8'))
}

/** Starts an action's main step. `finished` resolves when it has ended; `post` then runs its post step, when it has one. */
export async function startAction({ action, inputs = {}, env = {}, cwd, token = '', node = process.execPath, onLine }) {
  const contract = await contractOf(action)
  const given = inputVariables(contract, inputs, token)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-runner-'))
  const variables = { ...runnerVariables(cwd, folder), ...env, ...given }
  const bundle = (place) => path.join(root, 'actions', action, place)
  const main = await step({ script: bundle(contract.runs.main), variables, cwd, node, folder: path.join(folder), onLine })
  const finished = main.ended.then(async (result) => ({ ...result, ...(await readFiles(folder)) }))
  const post = async () => {
    if (contract.runs.post === undefined) return undefined
    const { state } = await finished
    const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
    const after = await step({ script: bundle(contract.runs.post), variables: { ...variables, ...saved }, cwd, node, folder, onLine })
    return after.ended
  }
  return { pid: main.pid, kill: main.kill, finished, post, close: () => rm(folder, { recursive: true, force: true }) }
}

/** Main, then post, as a job does. */
export async function runAction(options) {
  const started = await startAction(options)
  try {
    const result = await started.finished
    return { ...result, post: await started.post() }
  } finally {
    await started.close()
  }
}

function inputVariables(contract, inputs, token) {
  const known = Object.keys(contract.inputs ?? {})
  const strange = Object.keys(inputs).filter((name) => !known.includes(name))
  if (strange.length > 0) throw new Error(`No such input: ${strange.join(', ')}`)
  return Object.fromEntries(known.map((name) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, String(inputs[name] ?? contract.inputs[name].default ?? '').replaceAll('${{ github.token }}', token)]))
}

function runnerVariables(cwd, folder) {
  const { PATH, HOME, LANG, TZ } = process.env
  return {
    PATH, HOME, LANG: LANG ?? 'C.UTF-8', ...(TZ === undefined ? {} : { TZ }), CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cwd, RUNNER_TEMP: folder,
    GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '4711', GITHUB_RUN_ATTEMPT: '1', GITHUB_ACTOR: 'ada', GITHUB_WORKFLOW: 'deliver', GITHUB_JOB: 'production',
    GITHUB_SERVER_URL: 'https://github.example', GITHUB_SHA: '0'.repeat(40),
  }
}

async function step({ script, variables, cwd, node, folder, onLine }) {
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, path.join(folder, file)]))
  for (const file of Object.values(paths)) await writeFile(file, '', { flag: 'a' })
  const began = performance.now()
  const child = spawn(node, [script], { cwd, env: { ...variables, ...paths }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    let rest = ''
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine?.(line, performance.now() - began)
    })
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...said, ms: performance.now() - began }))
  })
  return { pid: child.pid, ended, kill: (signal) => child.kill(signal) }
}

async function readFiles(folder) {
  const [output, state, summary] = await Promise.all(['output', 'state', 'summary'].map((file) => readFile(path.join(folder, file), 'utf8')))
  return { outputs: commandFile(output), state: commandFile(state), summary }
}

/** `name=value` and `name<<delimiter` blocks, as the runner reads them. */
export function commandFile(content) {
  const found = {}
  const lines = content.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const block = /^([^=<]+)<<(.+)$/.exec(lines[index])
    if (block !== null) {
      const end = lines.indexOf(block[2], index + 1)
      found[block[1]] = lines.slice(index + 1, end).join('\n')
      index = end
    } else if (lines[index].includes('=')) {
      const at = lines[index].indexOf('=')
      found[lines[index].slice(0, at)] = lines[index].slice(at + 1)
    }
  }
  return found
}
