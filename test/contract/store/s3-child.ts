/** A program of its own: the whole life of a backup, or one large write and the memory that it took. */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import { USUAL_CUT } from '../../../core/drivers/stores/s3/parts.js'
import { backupAmbient, bytes } from '../../support/backup-ambient.js'
import { s3Options } from '../../support/s3/server.js'
import { LIFE, MIB, SMALL_PARTS } from './s3-lab.js'

const [endpoint = '', bucket = '', megabytes = ''] = process.argv.slice(2)
const ambient = backupAmbient({ work: os.tmpdir() })
const store = (cut = SMALL_PARTS) => s3Store(s3Options(endpoint, bucket), ambient, {}, cut)

async function life(): Promise<void> {
  const own = store()
  await own.write(LIFE.object, bytes(Buffer.alloc(6 * MIB, 1)))
  await own.writeReceipt(LIFE)
  await own.forget(LIFE)
}

/** As a pipe gives it, but always the same memory: what is measured is the store's own, not what waits for the collector of a busy machine. */
async function* much(count: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(MIB / 16, 7)
  for (let index = 0; index < count * 16; index += 1) yield chunk
}

if (megabytes === '') await life()
else await store(USUAL_CUT).write('large.dump.zst', much(Number(megabytes)))
// Not what `resourceUsage` says: there, a program that was started by a larger one has had that one's memory.
process.stdout.write(`${/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 'unknown'}\n`)
process.exit(0)
