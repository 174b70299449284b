import type { Ambient } from '../../ports/ambient.js'

/**
 * The same surroundings, in which every program ends at the latest when the time is over. What is `shielded` goes
 * through all the same: it is the way back.
 */
export function withDeadline(ambient: Ambient, withinMs: number): Ambient {
  const { clock, process } = ambient
  const end = clock.now() + withinMs
  const limited = <C extends { readonly timeoutMs: number }>(command: C): C => ({
    ...command, timeoutMs: Math.max(1, Math.min(command.timeoutMs, end - clock.now())),
  })
  return {
    ...ambient,
    process: {
      ...process,
      run: (command) => process.run(limited(command)),
      stream: (command) => process.stream(limited(command)),
      converse: (command) => process.converse(limited(command)),
      script: (script) => process.script(limited(script)),
    },
  }
}
