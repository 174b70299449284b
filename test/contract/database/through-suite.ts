import { expect, test } from '@jest/globals'
import type { Through } from '../../../core/domain/backup.js'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { EcluseError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { watched } from '../../support/argv-watch.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { answers } from '../../support/postgres-image.js'

export const FILL = `CREATE TABLE much AS SELECT n, repeat(md5(n::text), 8) a FROM generate_series(1, 60000) n; CREATE TABLE "Straße 1" (id serial PRIMARY KEY, b bytea); INSERT INTO "Straße 1" (b) VALUES ('\\x0001'), (NULL); SELECT lo_from_bytea(0, 'x');`

/** A database, filled, and how client programs come to it. */
export interface Site {
  readonly through: Through
  /** As seen from where the programs run. */
  readonly url: string
  readonly sql: (text: string) => Promise<string>
  /** What runs there now, with its words; what was left on the way there, too. */
  readonly running: () => Promise<string>
}

export interface Surroundings {
  readonly site: () => Promise<Site>
  readonly ambientOf: (signal?: AbortSignal) => Ambient
  readonly said: readonly string[]
}

export const sessionsOf = ({ sql }: Pick<Site, 'sql'>): Promise<string> => sql(`SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`)

/**
 * Somebody else's session, and whether it is still there, after which it is ended. A server that is the first process of its container takes
 * what loses its parent there for its own child: when that ends in any other way than with 0 or 1, it ends all sessions and recovers.
 */
export async function bystander({ sql }: Pick<Site, 'sql'>): Promise<() => Promise<boolean>> {
  const query = `SELECT pg_sleep(${600 + Math.floor(Math.random() * 1e6)})`
  const sleeping = sql(query).then(() => 'woke', () => 'ended')
  const count = (): Promise<string> => sql(`SELECT count(*) FROM pg_stat_activity WHERE query = '${query}'`)
  await answers(async () => {
    if (await count() !== '1') throw new Error('It does not sleep yet.')
  })
  return async () => {
    const still = await answers(count)
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '${query}'`)
    await sleeping
    return still === '1'
  }
}

/** What every way there must do. */
export function leadsThere({ site, ambientOf, said }: Surroundings): void {
  const at = async (ambient = ambientOf()): Promise<ReturnType<typeof postgresDatabase>> => {
    const { url, through } = await site()
    return postgresDatabase({ url, through }, ambient)
  }
  const settled = async (): Promise<void> => {
    const { sql } = await site()
    await answers(async () => {
      if (await sessionsOf({ sql }) !== '0') throw new Error(await sql(`SELECT application_name, state, query FROM pg_stat_activity WHERE application_name LIKE 'ecluse/%'`))
    })
  }

  test('a dump comes back as it was; no secret is in any words, no client of this machine is used', async () => {
    const seen: (readonly string[])[] = []
    const database = await at(watched(ambientOf(), seen))
    const dump = await database.dump()
    const content = await collected(dump.content)
    const { fingerprint, outline } = await dump.taken()
    await dump.close()
    const scratch = await database.scratch()
    await scratch.restore(bytes(content))
    expect([compareFingerprints(fingerprint, await scratch.fingerprint()), compareOutlines(outline, await scratch.outline())]).toEqual([[], []])
    expect(fingerprint.rows).toMatchObject({ 'public.much': 60000, 'public."Straße 1"': 2 })
    await scratch.drop()
    expect(await database.about()).toMatchObject({ name: 'postgres', clientVersion: expect.stringMatching(/^\d+\./) })
    expect([...new Set(seen.map(([program]) => program))].filter((program) => !['docker', 'kubectl', 'zstd', 'id'].includes(program!))).toEqual([])
    expect(JSON.stringify([seen, said])).not.toContain('planted-pa55')
  })

  test('a dump that nobody wants any more, or that is cancelled, leaves nothing at work there, and others in peace', async () => {
    const isUntouched = await bystander(await site())
    const cancel = new AbortController()
    for (const stop of ['unwanted', 'cancelled']) {
      const database = await at(ambientOf(cancel.signal))
      const dump = await database.dump()
      const reading = (async () => {
        for await (const chunk of dump.content) {
          if (stop === 'unwanted') break
          if (chunk.length > 0) cancel.abort()
        }
      })()
      expect(await reading.then(() => 'read', (fault: unknown) => (fault instanceof EcluseError ? fault.code : fault))).toBe(stop === 'unwanted' ? 'read' : 'aborted')
      await dump.close()
      await settled()
    }
    expect(await isUntouched()).toBe(true)
    const left = await answers(async () => {
      const running = await (await site()).running()
      if (/pg_dump|psql|^[0-9a-f]{12}$/m.test(running)) throw new Error(`not yet: ${running}`)
      return running
    })
    expect(left).toContain('postgres')
  })

  test('a program that takes longer than it may ends there, too', async () => {
    const isUntouched = await bystander(await site())
    const inner = ambientOf()
    const hasty: Ambient = { ...inner, process: { ...inner.process, run: (command) => inner.process.run(command.argv.includes('pg_restore') && !command.argv.includes('--version') ? { ...command, timeoutMs: 400 } : command) } }
    const database = await at(hasty)
    const dump = await database.dump()
    const content = await collected(dump.content)
    await dump.close()
    const scratch = await database.scratch()
    // Enough to be known for what it is, and never all of it.
    const never = (async function* () {
      yield content.subarray(0, -10)
      await hasty.clock.sleep(10_000)
    })()
    await expect(scratch.restore(never)).rejects.toMatchObject({ code: 'program-timeout' })
    await scratch.drop()
    await settled()
    expect(await isUntouched()).toBe(true)
  })
}
