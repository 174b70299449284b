/** What the deployments of a fake GitHub tell, as anybody could read it there. */
import type { Deployment, DeploymentStatus, FakeGitHub } from './services/github/github.mjs'

export const tasks = { delivery: 'ecluse:delivery', fact: 'ecluse:fact', lease: 'ecluse:lease' } as const

export interface Told {
  readonly id: number
  readonly environment: string
  readonly description: string
  /** The state of its newest status; '' while it has none. */
  readonly state: string
  /** `state: what was told`, without times, packed parts and sums. */
  readonly story: readonly string[]
}

/** Oldest first. */
export function told(github: FakeGitHub, task: string, environment?: string): readonly Told[] {
  return of(github, task, environment).map(({ id, environment: where, description }) => {
    const statuses = github.statusesOf(id)
    return { id, environment: where, description: description ?? '', state: statuses.at(-1)?.state ?? '', story: statuses.map(plain) }
  })
}

/** Ids of deployments that GitHub shows as active: their newest status is a success. */
export function activeIn(github: FakeGitHub, environment: string): readonly number[] {
  return github.state.all('deployments').filter((one) => one.environment === environment && github.statusesOf(one.id).at(-1)?.state === 'success').map(({ id }) => id)
}

/** The first status of a delivery that tells this; its time is the server's. */
export function statusThat(github: FakeGitHub, environment: string, wanted: RegExp): (DeploymentStatus & { readonly of: Deployment }) | undefined {
  for (const deployment of of(github, tasks.delivery, environment)) {
    const found = github.statusesOf(deployment.id).find(({ description }) => wanted.test(description))
    if (found !== undefined) return { ...found, of: deployment }
  }
  return undefined
}

/** Resolves when a delivery's status tells this; fails after a while. */
export async function toldThat(github: FakeGitHub, environment: string, wanted: RegExp): Promise<DeploymentStatus & { readonly of: Deployment }> {
  // A workflow builds, proves and deploys before it comes to its last job: whoever waits has a limit of their own.
  for (let tries = 0; tries < 12_000; tries += 1) {
    const found = statusThat(github, environment, wanted)
    if (found !== undefined) return found
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
  throw new Error(`No status ever told ${wanted}:\n${JSON.stringify(told(github, tasks.delivery), undefined, 1)}`)
}

function of(github: FakeGitHub, task: string, environment?: string): readonly Deployment[] {
  return github.state.all('deployments').filter((one) => one.task === task && (environment === undefined || one.environment === environment))
}

function plain({ state, description }: DeploymentStatus): string {
  const words = description.replace(/^e1 part (\S+) \S+$/, 'part $1').replace(/^e1 [0-9a-z]+ /, '').replace(/ rec=[\w-]{43}/, '')
  return `${state}: ${words}`
}
