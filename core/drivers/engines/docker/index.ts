import type { ComposeHost } from '../../../domain/environment.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine, EngineCall } from '../../../ports/engine.js'
import type { Command } from '../../../ports/process.js'
import { ProcessError } from '../../../errors/families.js'
import { inherited } from './environment.js'
import { readFile, writeFile } from './files.js'

export type DockerGiven = ComposeHost & { /** The private key itself. */ readonly sshKey?: string }

const NOT_THERE = /No such container|Could not find the file/i

export function dockerEngine({ address }: DockerGiven, ambient: Ambient): Engine {
  if (address !== undefined) throw new Error('hosts behind ssh are not reached yet')
  const { process, clock } = ambient
  const command = ({ userEnvironment, argv, ...call }: EngineCall): Command => ({ ...call, argv: ['docker', ...argv], inherit: inherited(userEnvironment) })
  return {
    name: 'this machine',
    run: (call) => process.run(command(call)),
    stream: (call) => process.stream(command(call)),
    async read(container, path) {
      try {
        return await readFile(container, path, process, command)
      } catch (thrown) {
        if (thrown instanceof ProcessError && thrown.tail.some((line) => NOT_THERE.test(line))) return undefined
        throw thrown
      }
    },
    write: (container, path, text) => writeFile(container, path, text, clock.now(), process, command),
  }
}
