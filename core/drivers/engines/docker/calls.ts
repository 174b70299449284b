import type { Ambient } from '../../../ports/ambient.js'
import type { EngineCall } from '../../../ports/engine.js'
import type { Answer } from '../../../ports/http.js'
import type { Command, Finished } from '../../../ports/process.js'
import { ask, type Question } from './direct.js'
import { inherited } from './environment.js'
import type { Answer as Ended } from './explain.js'
import { onlyLooks } from './repeating.js'
import type { Reach, Way } from './way.js'

/** How one engine is spoken to. */
export interface Calls {
  readonly way: Way
  readonly command: (call: EngineCall, reach: Reach) => Command
  /** By `docker`. */
  readonly ran: (call: EngineCall) => Promise<Finished>
  /** Does a call, and once more where its failure lay in the connection and nothing is done twice by it. */
  readonly answered: <T extends Ended>(call: EngineCall, work: (reach: Reach) => Promise<T>, harmless?: boolean) => Promise<T>
  /** Over the socket, where there is one; `undefined`: nothing came of it. */
  readonly directly: (question: Question) => Promise<Answer | undefined>
}

export function callsBy(way: Way, ambient: Ambient): Calls {
  const command = ({ userEnvironment, argv, env, what, ...call }: EngineCall, reach: Reach): Command =>
    ({ ...call, what: `${what}${way.where}`, argv: ['docker', ...argv], env: { ...env, ...reach.env }, inherit: inherited(userEnvironment) })
  return {
    way,
    command,
    ran: (call) => answered(way, call, (reach) => ambient.process.run(command(call, reach))),
    answered: (call, work, harmless) => answered(way, call, work, harmless),
    async directly(question) {
      const socket = await way.socket()
      return socket === undefined ? undefined : ask(socket, question, ambient)
    },
  }
}

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
