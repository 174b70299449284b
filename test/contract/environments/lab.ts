import { apply } from '../../../actions/setup-environments/apply.js'
import { check, plan } from '../../../actions/setup-environments/compare.js'
import type { SetupOutcome } from '../../../actions/setup-environments/outcome.js'
import type { SetupRequest } from '../../../actions/setup-environments/request.js'
import { loadEnvironments } from '../../../core/config/load-all.js'
import { githubEnvironments } from '../../../core/drivers/environments/github/index.js'
import { openGitHub } from '../../../core/drivers/github/octokit/index.js'
import { githubSecrets } from '../../../core/drivers/secrets/github/index.js'
import { EcluseError, InputError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Environments } from '../../../core/ports/environments.js'
import type { GitHub } from '../../../core/ports/github.js'
import { FakeTime } from '../../support/fakes/time.js'
import { startGitHub, type FakeGitHub, type GitHubOptions } from '../../support/services/github/github.mjs'
import { realAmbient } from '../../support/surroundings.js'

const ways = { plan, apply, check }
type Mode = keyof typeof ways

export interface Lab {
  readonly fake: FakeGitHub
  readonly ambient: Ambient
  readonly github: GitHub
  readonly environments: Environments
  readonly told: string[]
  /** Runs a mode over a file, as the action does; a fault is told as a text. */
  readonly run: (mode: Mode, file: string, given?: { readonly environment?: string; readonly prune?: boolean }) => Promise<SetupOutcome>
  readonly problems: (mode: Mode, file: string) => Promise<readonly string[]>
  /** Rejects when a request broke GitHub's description. */
  readonly close: () => Promise<void>
}

/** A fake GitHub with people, a team and two apps, and the real driver before it. Waiting takes no time. */
export async function openLab(options: GitHubOptions & { readonly token?: string; readonly signal?: AbortSignal } = {}): Promise<Lab> {
  const fake = await startGitHub(options)
  for (const login of ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace']) fake.addUser(login, 'write')
  fake.addUser('mallory', 'none')
  fake.addTeam('ops', ['alice', 'bob'])
  fake.addApp({ slug: 'my-gate' })
  fake.addApp({ slug: 'other-gate' })
  const told: string[] = []
  const say = (text: string): void => {
    told.push(text)
  }
  const plain = realAmbient({ work: '.', dist: 'dist' }, options.signal)
  const access = { api: fake.url, server: 'https://github.example', repository: fake.repository, token: options.token ?? 'ghs_fake', hosted: false }
  const ambient: Ambient = { ...plain, clock: new FakeTime(), log: { ...plain.log, step: say, info: say }, github: access }
  const github = openGitHub(access, ambient)
  const environments = githubEnvironments(github)
  const run: Lab['run'] = async (mode, file, { environment = '', prune = false } = {}) => {
    const loaded = await loadEnvironments({ files: { textIfThere: async () => file }, path: '/checkout/ecluse.yml', optional: true, overrides: {}, env: {}, fallbackApp: 'shop', name: environment, only: ['protection', 'variables', 'secrets'] })
    const request: SetupRequest = { mode, environments: loaded, everything: environment === '', prune, startedAt: 0, secrets: [], actions: [], values: {} }
    return ways[mode](request, { environments, secrets: githubSecrets(github) }, ambient)
  }
  const problems: Lab['problems'] = async (mode, file) => {
    try {
      await run(mode, file)
      return []
    } catch (thrown) {
      if (thrown instanceof InputError) return thrown.problems.map(({ message, fix }) => `${message} ${fix}`)
      if (thrown instanceof EcluseError) return [`${thrown.code} ${thrown.message} ${thrown.fix}`]
      throw thrown
    }
  }
  const close = async (): Promise<void> => {
    await fake.close()
    if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
  }
  return { fake, ambient, github, environments, told, run, problems, close }
}

/** Rows of the summary's table of that title. */
export function rowsOf(outcome: SetupOutcome, title: string): readonly (readonly string[])[] {
  const part = outcome.summary.parts.find((one) => one.kind === 'table' && one.title?.startsWith(title) === true)
  return part?.kind === 'table' ? part.rows : []
}

export const WHOLE = `
environments:
  staging:
    variables: { REGION: eu-west-1, REPLICAS: 2 }
  production:
    extends: staging
    protection:
      reviewers: [alice, team/ops]
      wait: 10m
      self-review: false
      branches: [main, "release/*"]
      tags: ["v*"]
      rules: [my-gate]
    variables: { REPLICAS: 6 }
`
