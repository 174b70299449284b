/** The lab of the bundles with its record in the deployments of a fake GitHub, and each run on a machine of its own. */
import path from 'node:path'
import { root, type ActionResult, type ActionRun, type StartedAction, type StepResult } from '../../support/runner.mjs'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { lab, type Lab, type LabOptions } from '../lab.js'

/** What a job of the workflows is granted, and no more. */
export const TOKEN = 'ghs_job'

export interface Run {
  readonly id: number
  run(action: string, inputs?: ActionRun['inputs'], env?: ActionRun['env']): Promise<ActionResult & { readonly post: StepResult | undefined }>
  start(action: string, inputs?: ActionRun['inputs'], env?: ActionRun['env']): Promise<StartedAction>
}

export interface GitHubBundles extends Lab {
  readonly github: FakeGitHub
  /** A new run of a workflow. GitHub knows it as one that is in progress. */
  newRun(workflow?: string): Run
  /** The server's clock is so much further from now on. */
  later(ms: number): void
}

export async function githubBundles(options: LabOptions = {}): Promise<GitHubBundles> {
  let ahead = 0
  const github = await startGitHub({ now: () => Date.now() + ahead })
  github.tokens.set(TOKEN, { permissions: { contents: 'read', deployments: 'write', actions: 'read' } })
  const here = await lab({ ...options, token: TOKEN })
  const onRunner = (id: number, workflow: string): Record<string, string> => ({
    GITHUB_API_URL: github.url, GITHUB_SERVER_URL: 'https://github.example', GITHUB_SHA: github.head(), GITHUB_REF: 'refs/heads/main', RUNNER_ENVIRONMENT: 'github-hosted',
    GITHUB_RUN_ID: String(id), GITHUB_WORKFLOW: workflow, ECLUSE_TEST_MACHINE: `machine-of-${id}`,
    NODE_OPTIONS: `--require=${path.join(root, 'test', 'support', 'other-machine.cjs')}`,
  })
  return {
    ...here, github,
    newRun(workflow = 'deliver') {
      const { id } = github.addRun({ workflow: `.github/workflows/${workflow}.yml` })
      const env = onRunner(id, workflow)
      return {
        id,
        run: (action, inputs, more) => here.run(action, inputs, { ...env, ...more }),
        start: (action, inputs, more) => here.start(action, inputs, { ...env, ...more }),
      }
    },
    later: (ms) => void (ahead += ms),
    close: async () => {
      await here.close()
      await github.close()
    },
  }
}
