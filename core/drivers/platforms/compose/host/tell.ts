import type { Diagnosis, Task, TaskResult } from '../../../../domain/platform.js'
import type { Release } from '../../../../domain/release.js'
import { EcluseError, ProcessError, StateError } from '../../../../errors/families.js'
import { ensureSurroundings, taskCall } from '../model/index.js'
import { inspected, stopReason } from './containers.js'
import { lastLines, remove } from './instances.js'
import { instanceOf } from './record.js'
import { lookAt, type Seen } from './look.js'
import { LOOK_MS, named, PULL_MS, type Site } from './site.js'

const LINES = 40

/** Why containers stopped, what the engine saw, and what they said last. */
export async function diagnose(site: Site, since: number): Promise<Diagnosis> {
  const seen = await lookAt(site)
  // What the host dates, it dates by its own clock.
  const { now, ahead } = await hostClock(site)
  const there = Math.max(0, since + ahead)
  const looked = await inspected(site, seen.containers.map(({ name }) => name))
  const stopped = looked.filter((one) => one.finishedAt >= there || (one.running && one.health === 'unhealthy'))
  const failures = seen.record.failures.filter(({ at }) => at >= since)
  const [events, lines] = await Promise.all([eventsBetween(site, there, now), lastLines(site, stopped.length > 0 ? stopped : seen.containers.filter(({ running }) => running), LINES, there)])
  return {
    stopReasons: [
      ...failures.map(({ reason }) => reason),
      ...stopped.map((one) => `${versionOf(seen, one.instance)}: ${stopReason(one) ?? `${one.name} ended, and was started again by its restart policy`}`),
    ],
    events: events.map(({ at, text }) => ({ at: at - ahead, text })),
    lastLines: [...failures.flatMap(({ lines: last }) => last), ...lines].slice(-LINES),
  }
}

function versionOf({ record }: Seen, id: string | undefined): string {
  return instanceOf(record, id)?.release.version ?? 'an unknown release'
}

/** The host's clock (epoch ms), and how far it is ahead of ours. */
export async function hostClock(site: Site): Promise<{ readonly now: number; readonly ahead: number }> {
  const { stdout } = await site.engine.run({ what: named(site, 'ask for the time'), argv: ['info', '--format', '{{.SystemTime}}'], timeoutMs: LOOK_MS })
  const ours = site.ambient.clock.now()
  const told = Date.parse(stdout.trim())
  return Number.isNaN(told) ? { now: ours, ahead: 0 } : { now: told, ahead: told - ours }
}

/** What it did by itself; our own looking is left out. */
const WORTH_TELLING = ['die', 'oom', 'start', 'stop', 'kill', 'restart', 'health_status: unhealthy', 'health_status: healthy']

/** Both by the host's clock: for an end that is still to come there, docker would wait. */
async function eventsBetween(site: Site, since: number, until: number): Promise<Diagnosis['events']> {
  const seconds = (ms: number): string => (ms / 1000).toFixed(3)
  const { stdout } = await site.engine.run({
    what: named(site, 'read the events'),
    argv: [
      'events', '--since', seconds(since), '--until', seconds(until), '--filter', `label=ecluse.scope=${site.scope}`, '--filter', 'type=container',
      '--format', '{{.TimeNano}}\t{{.Action}}\t{{.Actor.Attributes.name}}\t{{index .Actor.Attributes "exitCode"}}',
    ],
    timeoutMs: LOOK_MS,
  })
  return stdout.split('\n').flatMap((line) => {
    const [nanoseconds = '', action = '', name = '', exitCode = ''] = line.split('\t')
    return WORTH_TELLING.includes(action) ? [{ at: Math.floor(Number(nanoseconds) / 1_000_000), text: `${name}: ${action}${exitCode === '' ? '' : ` with exit code ${exitCode}`}` }] : []
  })
}

/** A task of a run that died may still be at work, and two migrations at once can spoil a database. What has ended is taken away. */
async function alone(site: Site): Promise<void> {
  const { engine, scope } = site
  const argv = ['ps', '--all', '--filter', `label=ecluse.scope=${scope}`, '--filter', 'label=ecluse.role=task', '--format', '{{.Names}}\t{{.State}}']
  const { stdout } = await engine.run({ what: named(site, 'look for tasks'), argv, timeoutMs: LOOK_MS })
  const left = stdout.split('\n').filter(Boolean).map((line) => line.split('\t'))
  const running = left.filter(([, state]) => state === 'running').map(([name = '']) => name)
  if (running.length > 0) {
    throw new StateError('platform-refused', {
      message: `${named(site, 'A task')} that an earlier run began is still at work: container \`${running.join('`, `')}\`.`,
      fix: `Wait until it has ended (\`docker logs --follow ${running[0]}\`), or end it with \`docker rm --force ${running.join(' ')}\`.`,
    })
  }
  await remove(site, left.map(([name = '']) => ({ name })))
}

/** A one-off command in the release's image, with the service's environment, volumes and networks. */
export async function runTask(site: Site, release: Release, task: Task): Promise<TaskResult> {
  const { engine, scope, environment, secretSettings, ambient } = site
  const name = `ecluse-${scope}-task-${ambient.files.sha256(`${task.name}${ambient.run.id}${ambient.clock.now()}`).slice(0, 8)}`
  const stack = await site.stack()
  await ensureSurroundings(stack, engine, ambient)
  await alone(site)
  const call = taskCall({ stack, release, task, name, scope, environment, secretSettings })
  const what = named(site, `run task \`${task.name}\` of ${release.version}`)
  // The image first: its way over a slow line is not the task's time.
  await engine.run({ ...call.pull, what: named(site, `fetch the image of ${release.version}`), timeoutMs: PULL_MS })
  try {
    const { exitCode, stdout, stderr } = await engine.run({ ...call.run, what, timeoutMs: task.timeoutMs, accept: EVERY_EXIT_CODE })
    const [container] = await inspected(site, [name])
    // Compose fails with exit codes too, and those are not the command's.
    if (container === undefined || container.status !== 'exited' || container.exitCode !== exitCode) throw notStarted({ what, argv: call.run.argv, exitCode, lines: linesOf(stdout, stderr) })
    return { exitCode, timedOut: false, lastLines: linesOf(stdout, stderr) }
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code !== 'program-timeout') throw fault
    const lines = await lastLines(site, [{ name }], LINES)
    return { timedOut: true, lastLines: lines }
  } finally {
    await remove(site, [{ name }])
  }
}

function notStarted({ what, argv, exitCode, lines }: { readonly what: string; readonly argv: readonly string[]; readonly exitCode: number; readonly lines: readonly string[] }): ProcessError {
  return new ProcessError('program-failed', { message: `Could not ${what}: its command was not started, or not until its end. ${lines.slice(-3).join(' | ')}`, argv: ['docker', ...argv], exitCode, tail: lines })
}

const EVERY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code)

function linesOf(stdout: string, stderr: string): readonly string[] {
  return [...stdout.split('\n'), ...stderr.split('\n')].filter((line) => line !== '').slice(-LINES)
}
