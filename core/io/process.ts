import type { Processes } from '../ports/process.js'
import { converse } from './children/conversation.js'
import { detach } from './children/detach.js'
import type { Variables } from './children/environment.js'
import { alive } from './children/life.js'
import { run, stream, type Context } from './children/program.js'
import { script } from './children/script.js'
import { killAll } from './children/start.js'
import { which } from './children/which.js'

export { ownRealm, ownStart } from './children/life.js'

interface Options {
  /** Ends what is running when it aborts, and lets nothing start after that. */
  readonly signal?: AbortSignal
  /** The environment of this process: the part a program needs is handed on, user scripts get it whole. */
  readonly env: Variables
  /** Takes secrets out of a text that people will see. */
  readonly mask?: (text: string) => string
}

export interface SystemProcesses extends Processes {
  /** Kills every program that runs now, at once: for a process that ends itself. */
  killAll(): void
}

export function systemProcesses({ signal, env, mask = (text) => text }: Options): SystemProcesses {
  const groups = new Set<number>()
  const context: Context = { signal, env, mask, groups }
  return {
    run: (command) => run(command, context),
    stream: (command) => stream(command, context),
    converse: (command) => converse(command, context),
    script: (user) => script(user, context),
    detach: (command) => detach(command, context),
    alive,
    which: (program) => which(program, env['PATH'] ?? ''),
    killAll: () => killAll(groups),
  }
}
