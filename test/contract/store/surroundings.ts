import { spawnSync } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { Ambient } from '../../../core/ports/ambient.js'

/** A run whose process has ended. */
export function deadRun(ambient: Ambient): Ambient {
  const { pid } = spawnSync(process.execPath, ['-e', '0'])
  const dead = (around: Ambient): Ambient => ({ ...around, run: { ...around.run, id: 'dead', pid, started: '1' }, shielded: (limitMs) => dead(around.shielded(limitMs)) })
  return dead(ambient)
}

/** Flips one bit in the middle of a file. */
export async function flipped(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  const at = Math.floor((await handle.stat()).size / 2)
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at)
  await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, at)
  await handle.close()
}
