/** Rotation with real commands and the real driver before a fake GitHub: what is told is kept, masked as a runner masks it. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setupEnvironments } from '../../actions/setup-environments/flow.js'
import type { SetupOutcome } from '../../actions/setup-environments/outcome.js'
import type { SetupMode, SetupPorts } from '../../actions/setup-environments/request.js'
import { loadEnvironments } from '../../core/config/load-all.js'
import { githubEnvironments } from '../../core/drivers/environments/github/index.js'
import { openGitHub } from '../../core/drivers/github/octokit/index.js'
import { githubPermissions } from '../../core/drivers/permissions/github/index.js'
import { githubMarks, githubSecrets } from '../../core/drivers/secrets/github/index.js'
import { secretSet } from '../../core/host/secrets.js'
import { systemProcesses } from '../../core/io/process.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { startGitHub, type FakeGitHub, type Grant } from './services/github/github.mjs'
import { realAmbient } from './surroundings.js'

export interface WorldRun {
  readonly mode?: SetupMode
  readonly environment?: string
  readonly secrets?: readonly string[]
  readonly actions?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly id?: string
  readonly token?: string
}

export interface RotationWorld {
  readonly fake: FakeGitHub
  readonly folder: string
  /** Everything that anybody could see: logs, masked by what was known when they were written. */
  readonly told: string[]
  run(file: string, given?: WorldRun): Promise<SetupOutcome>
  close(): Promise<void>
}

export async function rotationWorld(): Promise<RotationWorld> {
  const fake = await startGitHub()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-rotation-'))
  const told: string[] = []
  const run: RotationWorld['run'] = async (file, { mode = 'rotate', environment = 'production', secrets = [], actions = [], env = {}, id = '4711', token = 'ghs_fake' } = {}) => {
    const known = secretSet()
    const say = (text: string): void => void told.push(known.mask(text))
    const plain = realAmbient({ work: folder, dist: 'dist' })
    const access = { api: fake.url, server: 'https://github.example', repository: fake.repository, token, hosted: true }
    const { PATH = '', HOME = '' } = process.env
    const variables = { PATH, HOME, TMPDIR: os.tmpdir(), ...env }
    const ambient: Ambient = {
      ...plain, github: access, startedAt: Date.now() + 1000, run: { ...plain.run, id, host: `the machine of ${id}` },
      clock: { now: () => Date.now(), sleep: async () => undefined },
      process: systemProcesses({ signal: plain.signal, env: variables, mask: (text) => known.mask(text) }),
      log: { step: say, info: say, progress: say, warn: say, error: say, debug: say },
      mask: (value) => void known.add(value),
    }
    const github = openGitHub(access, ambient)
    const pair = { secrets: githubSecrets(github), marks: githubMarks(github) }
    const ports: SetupPorts = {
      github, environments: githubEnvironments(github), secrets: pair.secrets,
      rotation: { ...pair, random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)), within: async () => pair },
      permissions: [githubPermissions(github, { onRunner: true, identity: 'ACTIONS_ID_TOKEN_REQUEST_URL' in env })],
    }
    const environments = await loadEnvironments({ files: { textIfThere: async () => file }, path: '/checkout/ecluse.yml', optional: true, overrides: {}, env: variables, fallbackApp: 'shop', name: environment, only: ['protection', 'variables', 'secrets', 'ledger', 'platform'] })
    return setupEnvironments({ mode, environments, everything: environment === '', prune: false, startedAt: ambient.startedAt, secrets, actions, values: variables }, ports, ambient)
  }
  return {
    fake, folder, told, run,
    close: async () => {
      await fake.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A token that may do what this YAML says. */
export function grant(fake: FakeGitHub, token: string, permissions: Grant['permissions']): string {
  fake.tokens.set(token, { permissions })
  return token
}
