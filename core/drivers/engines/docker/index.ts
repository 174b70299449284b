import { parseHostAddress } from '../../../domain/host-address.js'
import type { ComposeHost } from '../../../domain/environment.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine, EngineCall } from '../../../ports/engine.js'
import { callsBy } from './calls.js'
import { factsByDocker, factsDirectly } from './containers.js'
import { copiedIn, copiedOut } from './copies.js'
import { streamed } from './streaming.js'
import { filesIn, firstFile } from './tar.js'
import { bySsh, here, type Way } from './way.js'

export type DockerGiven = ComposeHost & { /** The private key itself. */ readonly sshKey?: string }

export function dockerEngine(given: DockerGiven, ambient: Ambient): Engine {
  const way = wayTo(given, ambient)
  const calls = callsBy(way, ambient)
  const write = (container: string, path: string, files: Readonly<Record<string, string>>): Promise<void> => copiedIn(container, path, files, calls, ambient)
  return {
    name: way.name,
    run: (asked) => calls.ran(saidOnce(asked, way)),
    stream: (call) => streamed(call, async () => {
      const reach = await way.reach()
      return { reach, streaming: ambient.process.stream(calls.command(call, reach)) }
    }),
    containers: async (which) => (await factsDirectly(which, calls.directly)) ?? factsByDocker(which, calls.ran),
    read: async (container, path) => {
      const archive = await copiedOut(container, path, calls, ambient)
      return archive === undefined ? undefined : firstFile(archive)
    },
    readFolder: async (container, folder) => {
      const archive = await copiedOut(container, `${folder}/.`, calls, ambient)
      return archive === undefined ? undefined : filesIn(archive)
    },
    write: (container, path, text) => write(container, path, { [path.slice(path.lastIndexOf('/') + 1)]: text }),
    writeFiles: (container, folder, files) => write(container, `${folder}/`, files),
  }
}

/** Where it is done is added to every message; who asks may have said it too. */
function saidOnce(call: EngineCall, { name, where }: Way): EngineCall {
  return where === '' ? call : { ...call, what: call.what.replace(` on ${name}`, '') }
}

function wayTo({ address, hostKeys, sshKey }: DockerGiven, ambient: Ambient): Way {
  if (address === undefined) return here(ambient)
  const parsed = parseHostAddress(address)
  if (parsed === undefined) {
    throw new InputError([{ code: 'input-invalid', message: `The host "${address}" can not be reached: it is no address for ssh.`, fix: 'Write it as `ssh://deploy@shop.example`, with `:<port>` for another port.' }])
  }
  return bySsh({ name: address, address: parsed, hostKeys, ...(sshKey === undefined ? {} : { sshKey }) }, ambient)
}
