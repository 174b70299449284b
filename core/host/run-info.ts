import { hostname, userInfo } from 'node:os'
import type { RunInfo } from '../domain/history.js'
import { ownRealm, ownStart } from '../io/process.js'

type Variables = Readonly<Record<string, string>>

/** Who is at work, from the runner's variables or from this machine. */
export function runInfo(env: Variables): RunInfo {
  const host = [hostname(), ownRealm()].filter((part) => part !== '').join('#')
  const machine = { host, pid: process.pid, started: ownStart() }
  return { ...(env['GITHUB_ACTIONS'] === 'true' ? workflowRun(env) : terminalRun()), ...machine }
}

function workflowRun(env: Variables): Omit<RunInfo, 'host' | 'pid' | 'started'> {
  const id = env['GITHUB_RUN_ID'] ?? ''
  const attempt = Number(env['GITHUB_RUN_ATTEMPT'] ?? '1')
  const repository = `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${env['GITHUB_REPOSITORY'] ?? ''}`
  return {
    id, attempt,
    actor: env['GITHUB_TRIGGERING_ACTOR'] ?? env['GITHUB_ACTOR'] ?? '',
    workflow: env['GITHUB_WORKFLOW'] ?? '',
    job: env['GITHUB_JOB'] ?? '',
    url: env['GITHUB_REPOSITORY'] === undefined ? '' : `${repository}/actions/runs/${id}/attempts/${attempt}`,
  }
}

function terminalRun(): Omit<RunInfo, 'host' | 'pid' | 'started'> {
  return { id: `terminal-${hostname()}-${process.pid}`, attempt: 1, actor: person(), workflow: '', job: '', url: '' }
}

/** A container may run under a number that has no name. */
function person(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}
