/** Surroundings that note the words of every program that is started. */
import type { Ambient } from '../../core/ports/ambient.js'
import type { Command } from '../../core/ports/process.js'

export function watched(ambient: Ambient, seen: (readonly string[])[]): Ambient {
  const noted = (command: Command): Command => {
    seen.push(command.argv)
    return command
  }
  const { process } = ambient
  return {
    ...ambient,
    shielded: (limitMs) => watched(ambient.shielded(limitMs), seen),
    process: {
      ...process,
      run: (command) => process.run(noted(command)),
      stream: (command) => process.stream(noted(command)),
      converse: (command) => process.converse(noted(command)),
    },
  }
}
