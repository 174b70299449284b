// A database out and back in: our driver, encrypting and hashing, against what people type. `BENCH_DATABASE_MB` sets its size.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { withBackupProgram } from '../backup-program.mjs'
import { withDatabase } from '../database.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'

const suite = 'backup'
const RUNS = 3
const MEGABYTES = Number(process.env.BENCH_DATABASE_MB ?? 1700)
const LARGER = 4
const MOST_MB = 150

export async function* measure({ runs = RUNS }) {
  yield* await withDatabase(MEGABYTES, (database) => withBackupProgram(database.url, async ({ work, stored, run }) => {
    const found = { dump: [], added: [], size: [], restore: [], verified: [], memory: [] }
    for (let turn = 0; turn < runs; turn += 1) await pair(database, { work, stored, run }, found)
    const small = await run('backup')
    await database.grow(LARGER)
    const large = await run('backup')
    const lines = [
      line('a backup, encrypted and hashed (s, peer: `pg_dump | gzip`)', found.dump, { ratio: 0.35 }),
      line('the same against what nobody can do without (s, peer: `pg_dump --format=custom --compress=0 | zstd -2`: no key, no hash, no counts)', found.added, { ratio: 1.25 }),
      line('its size (MB)', found.size, { ratio: 0.75 }),
      line('a restore into a new database (s, peer: `gunzip | psql`)', found.restore, { ratio: 0.75 }),
      line('a backup that was restored and compared (s, peer: `pg_dump | gzip`, then `gunzip | psql`)', found.verified, { ratio: 1.3 }),
    ]
    const memory = (what, ours) => lineOf({ suite, metric: `memory of a backup of ${what}, the largest program (MB, peer: at ${MEGABYTES} MB)`, ours, peer: small.mb, goal: { ours: MOST_MB } })
    const most = Math.max(small.mb, ...found.memory)
    return [...lines, memory(`${MEGABYTES} MB, restore and comparison included`, most), memory(`${LARGER * MEGABYTES} MB`, large.mb)]
  }))
}

const line = (metric, pairs, goal) =>
  lineOf({ suite, metric, ours: median(pairs.map(({ ours }) => ours)), peer: median(pairs.map(({ peer }) => peer)), ratio: medianRatio(pairs), goal })

/** Each of ours right after its peer. */
async function pair({ shell, sql }, { work, stored, run }, { dump, added, size, restore, verified, memory }) {
  const seconds = ({ ms }) => ms / 1000
  // What was written before is nobody's to pay.
  const settled = async (measured) => {
    await shell('psql -Xqc CHECKPOINT; sync')
    return measured()
  }
  const out = { peer: await settled(() => shell('pg_dump | gzip > peer.sql.gz', work)), ours: await settled(() => run('backup')) }
  const bare = await settled(() => shell('pg_dump --format=custom --compress=0 | zstd -2 -T0 -q -c > bare.dump.zst; rm bare.dump.zst', work))
  size.push({ ours: await megabytes(stored), peer: await megabytes(path.join(work, 'peer.sql.gz')) })
  const back = { peer: await settled(() => shell('createdb peer; gunzip -c peer.sql.gz | psql -Xq -v ON_ERROR_STOP=1 peer', work)) }
  // The server would analyse it beside whoever comes next.
  await sql('DROP DATABASE peer')
  back.ours = await settled(() => run('restore'))
  await sql(`DROP DATABASE ${/ecluse_scratch_\w+/.exec(back.ours.said)[0]}`)
  const both = await settled(() => run('verified'))
  dump.push({ ours: seconds(out.ours), peer: seconds(out.peer) })
  added.push({ ours: seconds(out.ours), peer: seconds(bare) })
  restore.push({ ours: seconds(back.ours), peer: seconds(back.peer) })
  verified.push({ ours: seconds(both), peer: seconds(out.peer) + seconds(back.peer) })
  memory.push(out.ours.mb, back.ours.mb, both.mb)
}

const megabytes = async (file) => (await stat(file)).size / 1e6
