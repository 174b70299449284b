import { parseHostAddress } from '../../../domain/host-address.js'
import type { ComposeHost } from '../../../domain/environment.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine, EngineCall } from '../../../ports/engine.js'
import type { Answer } from '../../../ports/http.js'
import type { Command, Finished } from '../../../ports/process.js'
import { inherited } from './environment.js'
import { factsByDocker, factsDirectly } from './containers.js'
import { ask, type Question } from './direct.js'
import type { Answer as Ended } from './explain.js'
import { archived, isAbsence, lookingCall, noPlace, placeUnseen, readBy, readDirectly, readingCall, writeDirectly, writingCall } from './files.js'
import { onlyLooks } from './repeating.js'
import { streamed } from './streaming.js'
import { archiveOf, filesIn, firstFile } from './tar.js'
import { bySsh, here, type Reach, type Way } from './way.js'

export type DockerGiven = ComposeHost & { /** The private key itself. */ readonly sshKey?: string }

export function dockerEngine(given: DockerGiven, ambient: Ambient): Engine {
  const { process, clock } = ambient
  const way = wayTo(given, ambient)
  const command = ({ userEnvironment, argv, env, what, ...call }: EngineCall, reach: Reach): Command =>
    ({ ...call, what: `${what}${way.where}`, argv: ['docker', ...argv], env: { ...env, ...reach.env }, inherit: inherited(userEnvironment) })
  const ran = (call: EngineCall): Promise<Finished> => answered(way, call, (reach) => process.run(command(call, reach)))
  /** `undefined`: there is no such container or place in it. */
  const directly = async (question: Question): Promise<Answer | undefined> => {
    const socket = await way.socket()
    return socket === undefined ? undefined : ask(socket, question, ambient)
  }
  const copiedOut = async (container: string, path: string): Promise<Uint8Array | undefined> => {
    const found = await readDirectly(container, path, directly)
    if (found !== undefined) return found === 'absent' ? undefined : found
    const call = readingCall(container, path)
    try {
      return (await answered(way, call, async (reach) => ({ exitCode: 0, stderr: '', archive: await readBy(process, command(call, reach)) }))).archive
    } catch (thrown) {
      if (isAbsence(thrown)) return undefined
      throw thrown
    }
  }
  const copiedIn = async (container: string, path: string, files: Readonly<Record<string, string>>): Promise<void> => {
    const call = writingCall(container, path)
    const archive = archiveOf(files, clock.now())
    if (await writeDirectly(container, path, archive, directly)) return
    try {
      await answered(way, call, (reach) => process.run({ ...command(call, reach), stdin: archived(archive) }), true)
    } catch (thrown) {
      if (!placeUnseen(thrown)) throw thrown
      const looking = lookingCall(container, path)
      const there = await ran(looking).then(() => true, (fault: unknown) => {
        if (isAbsence(fault)) return false
        throw fault
      })
      throw noPlace(container, path, way.where, there, thrown)
    }
  }
  return {
    name: way.name,
    run: (asked) => ran(saidOnce(asked, way)),
    stream: (call) => streamed(call, async () => {
      const reach = await way.reach()
      return { reach, streaming: process.stream(command(call, reach)) }
    }),
    containers: async (which) => (await factsDirectly(which, directly)) ?? factsByDocker(which, ran),
    read: async (container, path) => {
      const archive = await copiedOut(container, path)
      return archive === undefined ? undefined : firstFile(archive)
    },
    readFolder: async (container, folder) => {
      const archive = await copiedOut(container, `${folder}/.`)
      return archive === undefined ? undefined : filesIn(archive)
    },
    write: (container, path, text) => copiedIn(container, path, { [path.slice(path.lastIndexOf('/') + 1)]: text }),
    writeFiles: (container, folder, files) => copiedIn(container, `${folder}/`, files),
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

/** Does a call, and once more where its failure lay in the connection and nothing is done twice by it. */
async function answered<T extends Ended>(way: Way, call: EngineCall, work: (reach: Reach) => Promise<T>, harmless = onlyLooks(call.argv)): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    const reach = await way.reach()
    const ended = await work(reach).then((finished) => ({ finished }), (thrown: unknown) => ({ thrown }))
    if ('finished' in ended && ended.finished.exitCode === 0) return ended.finished
    const failed = await reach.judge(call, ended, harmless)
    if (failed === undefined && 'finished' in ended) return ended.finished
    if (failed?.again !== true || tried > 1) throw failed?.error
  }
}
