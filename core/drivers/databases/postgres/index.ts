import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Database, Scratch } from '../../../ports/database.js'
import { about } from './about.js'
import { dump } from './dump.js'
import { countEntries } from './entries.js'
import { has, keep } from './keep.js'
import { refuseReplacement } from './replacement.js'
import { makeScratch, sweepScratches, type OwnScratch } from './scratch.js'
import { serverOf, type Reach } from './server.js'
import { sweepSpools } from './spool.js'
import { swap } from './swap.js'
import { endOrphans } from './through/sessions.js'
import { readTraits } from './traits.js'

/** A PostgreSQL database, through client programs on this machine, or `through` those in another place. */
export function postgresDatabase(reach: Reach, ambient: Ambient): Database {
  const server = serverOf(reach, ambient)
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
    refuseReplacement: async () => refuseReplacement(await server()),
    async replaceWith(scratch: Scratch, announced) {
      const own = made.get(scratch.name)
      if (own?.faithful !== true) throw unfaithful(scratch.name)
      return swap(await server(), own.name, announced)
    },
    has: async (name) => has(await server(), name),
    keepAs: async (scratch, name) => keep(await server(), { copy: scratch.name, name, faithful: made.get(scratch.name)?.faithful === true }),
    async sweep(named) {
      await endOrphans(await server())
      return [...(await sweepSpools(ambient)), ...(await sweepScratches(await server(), named))]
    },
  }
}

function unfaithful(name: string): StateError {
  return new StateError('database-refused', {
    message: `The restored copy \`${name}\` does not have the owners of the real database: the user may not give objects to them.`,
    fix: 'Restore as a superuser, or as a member of every role that owns something.',
  })
}
