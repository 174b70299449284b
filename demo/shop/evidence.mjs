// What the judge saw, from the file that canary-promote writes while it works.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** Follows the evidence of deliveries that begin from now on; `polls()` is what the newest of them holds. */
export async function followEvidence(state) {
  const folder = path.join(state, 'evidence')
  const known = new Set(await listed(folder))
  let polls = []
  return {
    polls: () => polls,
    look: async () => {
      const fresh = (await listed(folder)).find((name) => !known.has(name))
      if (fresh !== undefined) polls = pollsOf(await readFile(path.join(folder, fresh), 'utf8'))
    },
  }
}

const listed = (folder) => readdir(folder).catch(() => [])

/** The polls, with what the judge said of each. The last line may be half written. */
const pollsOf = (text) => text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line))
  .flatMap(({ type, verdict, ...poll }) => (type === 'poll' ? [{ ...poll, ...verdict }] : []))

/** The weights that were held, in their order. */
export const weightsOf = (polls) => [...new Set(polls.map(({ weight }) => weight))]
