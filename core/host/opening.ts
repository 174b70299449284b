import path from 'node:path'
import { readContract, suiteRoot } from './contract.js'
import { systemFiles } from '../io/files.js'
import type { Problem } from '../errors/families.js'
import type { Files } from '../ports/files.js'
import type { Face, SecretFields } from './faces/face.js'
import { wantsJson, type Correlation } from './faces/json-log.js'
import { openRunner } from './faces/runner.js'
import { openTerminal } from './faces/terminal.js'
import { runInfo } from './run-info.js'
import { secretSet, type Secrets } from './secrets.js'
import { hideSecrets, withEcluseEnv, type Variables } from './variables.js'

/** An action's surroundings before it has done anything: secrets hidden, inputs not read yet. */
export interface Opened {
  readonly face: Face
  readonly env: Variables
  readonly secrets: Secrets
  readonly files: Files
  readonly root: string
  readonly problems: readonly Problem[]
  readonly correlation: Correlation
}

/** `undefined` when all that was asked for was help. */
export async function openFace(name: string, fields: SecretFields): Promise<Opened | undefined> {
  // A reader that has gone, such as `| head`, is no reason to stop half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const { env, added, problems } = withEcluseEnv(process.env)
  const files = systemFiles()
  const secrets = secretSet()
  const correlation: Correlation = { action: name, run: runInfo(env).id }
  const bundle = process.argv[1] ?? ''
  const root = await suiteRoot(name, bundle, files)
  const face = env['GITHUB_ACTIONS'] === 'true'
    ? await openRunner(name, fields, env, secrets, files, correlation)
    : openTerminal(
      { command: path.relative(process.cwd(), bundle), argv: process.argv.slice(2), env, out: process.stdout, err: process.stderr },
      await readContract(name, root, files), fields, secrets, correlation,
    )
  if (!face) return undefined
  hideSecrets(face, fields, env, added)
  if (face.raw['environment'] !== undefined) correlation.environment = face.raw['environment']
  return { face, env, secrets, files, root: root ?? process.cwd(), problems: [...problems, ...wantsJson(env).problems, ...face.problems], correlation }
}
