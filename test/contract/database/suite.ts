import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import type { Database, Scratch, Taken } from '../../../core/ports/database.js'
import { bytes, collected } from '../../support/backup-ambient.js'

export interface Bench {
  /** A database with some of everything in it, and a way to change its content. */
  rich(): Promise<{ readonly database: Database; readonly change: () => void; readonly schemaChange: () => void }>
  empty(): Promise<Database>
  /** A database of so many tables. */
  wide(tables: number): Promise<Database>
  names(): readonly string[]
  close(): Promise<void>
}

/** What every database driver must do. */
export function databaseContract(title: string, open: () => Promise<Bench>): void {
  describe(title, () => {
    let bench: Bench
    beforeAll(async () => {
      bench = await open()
    })
    afterAll(() => bench.close())

    const copied = async (database: Database): Promise<{ scratch: Scratch; compared: () => Promise<unknown> }> => {
      const dump = await database.dump()
      const content = await collected(dump.content)
      const { outline, fingerprint } = await dump.taken()
      const sequences = await dump.sequencesNow()
      await dump.close()
      const scratch = await database.scratch()
      await scratch.restore(bytes(content))
      const compared = async (): Promise<unknown> => ({
        outline: compareOutlines(outline, await scratch.outline()),
        rest: compareFingerprints(fingerprint, await scratch.fingerprint(), sequences),
      })
      return { scratch, compared }
    }
    const equal = { outline: [], rest: [] }

    test('a dump comes back as it was, whatever is in the database', async () => {
      const { database } = await bench.rich()
      const { scratch, compared } = await copied(database)
      expect(await compared()).toEqual(equal)
      await scratch.drop()
      await scratch.drop()
      expect(bench.names()).not.toContain(scratch.name)
    })

    test('fingerprint and content are of one moment', async () => {
      const { database, change, schemaChange } = await bench.rich()
      const dump = await database.dump()
      change()
      const content = await collected(dump.content)
      const { fingerprint } = await dump.taken()
      await dump.close()
      const scratch = await database.scratch()
      await scratch.restore(bytes(content))
      expect(compareFingerprints(fingerprint, await scratch.fingerprint(), await sequencesOf(database))).toEqual([])
      await scratch.drop()
      schemaChange()
      expect(compareFingerprints(fingerprint, (await takenOf(database)).fingerprint).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['schema', 'rows']))
    })

    test('an empty database is a database', async () => {
      const { scratch, compared } = await copied(await bench.empty())
      expect(await compared()).toEqual(equal)
      expect(Object.keys((await scratch.fingerprint()).rows)).toEqual([])
      await scratch.drop()
    })

    test('300 tables', async () => {
      const { scratch, compared } = await copied(await bench.wide(300))
      expect(await compared()).toEqual(equal)
      expect(Object.keys((await scratch.fingerprint()).rows)).toHaveLength(300)
      await scratch.drop()
    })

    test('a backup that was cut short or changed is not restored', async () => {
      const { database } = await bench.rich()
      const dump = await database.dump()
      const content = await collected(dump.content)
      await dump.close()
      const flipped = Buffer.from(content)
      flipped[Math.floor(content.length / 2)]! ^= 0x40
      for (const broken of [content.subarray(0, Math.floor(content.length / 2)), flipped, Buffer.from('not a backup'), Buffer.alloc(0)]) {
        const scratch = await database.scratch()
        await expect(scratch.restore(bytes(broken))).rejects.toBeInstanceOf(Error)
        await scratch.drop()
      }
    })

    test('a restored copy takes the place of the real database, which is kept', async () => {
      const { database, change } = await bench.rich()
      const { scratch } = await copied(database)
      const before = await scratch.fingerprint()
      change()
      await database.refuseReplacement()
      const kept = await database.replaceWith(scratch)
      await scratch.drop()
      expect(bench.names()).toContain(kept)
      expect(bench.names()).not.toContain(scratch.name)
      expect(compareFingerprints(before, (await takenOf(database)).fingerprint)).toEqual([])
    })

    test('a scratch database of a living run is left alone', async () => {
      const database = await bench.empty()
      const scratch = await database.scratch()
      expect(await database.sweep()).toEqual([])
      expect(bench.names()).toContain(scratch.name)
      await scratch.drop()
    })
  })
}

async function takenOf(database: Database): Promise<Taken> {
  const dump = await database.dump()
  const taken = await dump.taken()
  await dump.close()
  return taken
}

async function sequencesOf(database: Database): Promise<Readonly<Record<string, string>>> {
  return (await takenOf(database)).fingerprint.sequences
}
