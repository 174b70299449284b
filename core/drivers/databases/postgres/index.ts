import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Database, Scratch } from '../../../ports/database.js'
import { about } from './about.js'
import { dump } from './dump.js'
import { countEntries } from './entries.js'
import { keep } from './keep.js'
import { makeScratch, sweepScratches, type OwnScratch } from './scratch.js'
import { serverOf } from './server.js'
import { swap } from './swap.js'
import { readTraits } from './traits.js'

/** A PostgreSQL database, through the client programs installed on this machine. */
export function postgresDatabase(options: { readonly url: string; readonly label?: string }, ambient: Ambient): Database {
  const server = serverOf(options, ambient)
  const made = new Map<string, OwnScratch>()
  return {
    about: async () => about(await server()),
    traits: async () => readTraits(await server()),
    dump: async (request = {}) => dump(await server(), { format: 'custom', jobs: 1, checksums: false, ...request }),
    entries: async (content) => countEntries(await server(), content),
    async scratch() {
      const scratch = await makeScratch(await server())
      made.set(scratch.name, scratch)
      return scratch
    },
    async replaceWith(scratch: Scratch) {
      const own = made.get(scratch.name)
      if (own?.faithful !== true) throw unfaithful(scratch.name)
      return swap(await server(), own.name)
    },
    keepAs: async (scratch, name) => keep(await server(), { copy: scratch.name, name, faithful: made.get(scratch.name)?.faithful === true }),
    sweep: async (named) => sweepScratches(await server(), named),
  }
}

function unfaithful(name: string): StateError {
  return new StateError('database-refused', {
    message: `The restored copy \`${name}\` does not have the owners of the real database: the user may not give objects to them.`,
    fix: 'Restore as a superuser, or as a member of every role that owns something.',
  })
}
