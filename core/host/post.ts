import { messageOf } from '../errors/families.js'
import type { Fields } from '../inputs/fields.js'
import type { Ambient } from '../ports/ambient.js'
import { buildAmbient } from './ambient.js'
import { listenForSignals } from './cancellation.js'
import { useCompileCache } from './compile-cache.js'
import { endProcess } from './ending.js'
import { openFace, type Opened } from './opening.js'
import { buildHost, type Host } from './settings.js'

export interface PostStep {
  /** The folder's name below `actions`. */
  readonly name: string
  /** Those of the action: its secrets are hidden, its configuration can be loaded. */
  readonly inputs: Fields
  /** Not called when the action remembered nothing: then there is nothing to heal. */
  run(state: Readonly<Record<string, string>>, ambient: Ambient, host: Host): Promise<void>
}

const LIMIT_MS = 90_000
const LAST_MOMENT_MS = 5000
const STATE = 'STATE_'

/** Heals what the action left behind. Bounded in time, and never turns a good job red. */
export async function runPost(post: PostStep): Promise<void> {
  useCompileCache(process.env)
  try {
    const state = savedState(process.env)
    const opened = Object.keys(state).length === 0 ? undefined : await openFace(post.name, post.inputs)
    if (opened) await heal(post, state, opened)
  } catch (thrown) {
    process.stdout.write(`The post step could not start: ${messageOf(thrown)}\n`)
  }
  endProcess(0)
}

async function heal(post: PostStep, state: Readonly<Record<string, string>>, opened: Opened): Promise<void> {
  const { face } = opened
  const limit = new AbortController()
  const cancellation = listenForSignals({
    limitMs: LIMIT_MS,
    onFirst: (signal) => face.log.info(`The post step was asked to stop (${signal}).`),
    onLate: () => undefined,
  })
  const signal = AbortSignal.any([limit.signal, cancellation.signal])
  const { ambient, killAll, tidy } = buildAmbient({ ...opened, signal, remember: (name, value) => face.remember(name, value) })
  const overtime = timers(limit)
  try {
    const work = post.run(state, ambient, buildHost(opened, ambient)).then(() => true)
    // It may fail after it was given up.
    work.catch(() => undefined)
    if (!(await Promise.race([work, overtime.over]))) {
      killAll()
      face.log.warn(`Healing did not end within ${LIMIT_MS / 1000} s. The next run goes on with it.`)
    }
  } catch (thrown) {
    face.log.warn(`Healing failed: ${messageOf(thrown)} The next run tries again.`)
  } finally {
    overtime.clear()
    await tidy()
    cancellation.close()
    face.end()
  }
}

/** First what runs is told to stop; when that does not help, it is left. */
function timers(limit: AbortController): { readonly over: Promise<false>; clear(): void } {
  const stop = setTimeout(() => limit.abort(), LIMIT_MS - LAST_MOMENT_MS)
  let leave: NodeJS.Timeout | undefined
  const over = new Promise<false>((resolve) => {
    leave = setTimeout(() => resolve(false), LIMIT_MS)
  })
  return {
    over,
    clear() {
      clearTimeout(stop)
      clearTimeout(leave)
    },
  }
}

/** What the action remembered, as the runner hands it on. */
function savedState(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) =>
    (name.startsWith(STATE) && value !== undefined && value !== '' ? [[name.slice(STATE.length), value]] : [])))
}
