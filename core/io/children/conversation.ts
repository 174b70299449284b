import { once } from 'node:events'
import type { Command, Conversation } from '../../ports/process.js'
import { bytesOf } from '../bytes.js'
import { linesOf } from './lines.js'
import { begin, type Context } from './program.js'

export function converse(command: Command, context: Context): Conversation {
  const program = begin(command, context, { reads: 'caller', stdin: 'pipe' })
  const stdin = program.child.stdin!
  // A write to a program that is gone: `finished` says why it went.
  stdin.on('error', () => undefined)
  const lines = linesOf(bytesOf(program.child.stdout))
  let turn: Promise<unknown> = Promise.resolve()

  const takeLine = async (): Promise<string | undefined> => {
    try {
      const { value, done } = await lines.next()
      return done ? undefined : value
    } catch {
      return undefined
    }
  }
  return {
    async write(line) {
      if (!stdin.writable) {
        await program.finished
        throw new Error(`wrote to \`${command.argv[0]}\` after its end`)
      }
      if (!stdin.write(`${line}\n`)) await Promise.race([once(stdin, 'drain').catch(() => undefined), program.ended])
    },
    read() {
      const line = turn.then(takeLine)
      turn = line
      return line
    },
    async close() {
      stdin.end()
      await turn
      program.child.stdout!.resume()
      return program.finished
    },
  }
}
