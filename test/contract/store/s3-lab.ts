import { readdirSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import type { S3Options } from '../../../core/domain/backup.js'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import type { Cut } from '../../../core/drivers/stores/s3/parts.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { backupAmbient, type AmbientOptions } from '../../support/backup-ambient.js'
import { s3Options, type RunningS3, type S3Engine } from '../../support/s3/server.js'
import { deadRun, flipped } from './surroundings.js'
import { receiptFor } from './receipt.js'
import type { StoreBench } from './suite.js'

export const MIB = 1024 * 1024
/** As small as servers take them. */
export const SMALL_PARTS: Cut = { sizes: [{ bytes: 5 * MIB, parts: 20 }], memory: 15 * MIB, atOnce: 3 }

/** The backup that programs of their own write, prove and forget. */
export const LIFE = receiptFor('life.dump.zst', '2026-01-01T00:00:00.000Z')

/** `s3-child.ts` as a program, in a folder of its own. */
export async function childProgram(): Promise<{ readonly script: string; readonly folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-s3-child-'))
  const script = path.join(folder, 'child.mjs')
  await build({
    entryPoints: [path.join('test', 'contract', 'store', 's3-child.ts')], outfile: script, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return { script, folder }
}

export interface Opened {
  readonly store: BackupStore
  readonly ambient: Ambient
  readonly said: string[]
}

/** A store as a living run of this process has it; unless it is patient, pauses between attempts take no time. */
export function openedS3(endpoint: string, bucket: string, more: Partial<S3Options> = {}, around: Partial<AmbientOptions> & { readonly patient?: boolean } = {}): Opened {
  const said: string[] = []
  const real = backupAmbient({ work: os.tmpdir(), said, ...around })
  const ambient: Ambient = around.patient === true ? real : hasty(real)
  return { store: s3Store(s3Options(endpoint, bucket, more), ambient, {}, SMALL_PARTS), ambient, said }
}

function hasty(ambient: Ambient): Ambient {
  return {
    ...ambient,
    clock: { ...ambient.clock, sleep: (ms, signal) => ambient.clock.sleep(Math.min(ms, 20), signal) },
    shielded: (limitMs) => hasty(ambient.shielded(limitMs)),
  }
}

export function deadS3(endpoint: string, bucket: string, more: Partial<S3Options> = {}): BackupStore {
  const { ambient } = openedS3(endpoint, bucket, more)
  return s3Store(s3Options(endpoint, bucket, more), deadRun(ambient), {}, SMALL_PARTS)
}

/** What the suite of all stores needs, on one prefix of a bucket. */
export async function benchOn(s3: RunningS3, engine: S3Engine): Promise<StoreBench> {
  const bucket = await s3.bucket('contract')
  const more = { prefix: 'shop/production' }
  await s3.put(bucket, 'shop/production-2/other.dump.zst', 'of another application')
  return {
    store: openedS3(s3.endpoint, bucket, more).store,
    dead: deadS3(s3.endpoint, bucket, more),
    kept: () => s3.versions(bucket),
    damage: (name) => flipped(fileOf(s3, engine, bucket, `shop/production/${name}`)),
    close: () => s3.stop(),
  }
}

/** Where the server keeps the bytes of an object that is larger than what MinIO keeps beside its name. */
function fileOf({ folder }: RunningS3, engine: S3Engine, bucket: string, key: string): string {
  const place = path.join(folder, 'data', bucket, key)
  if (engine === 'versitygw') return place
  const part = readdirSync(place, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('part.1'))
  return path.join(place, part ?? 'no part of it')
}
