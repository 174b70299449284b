/** What happens to a stored backup, or to the time, before it has its receipt. */
import { rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withinTime } from '../../../core/delivery/backup/deadline.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { backupLab, type BackupLab } from '../../support/backup-lab.js'
import { withEngines } from '../../support/engines/index.js'

withEngines(['postgres', 'pg-clients', 'zstd'], 'a backup', () => {
  let lab: BackupLab
  beforeAll(async () => {
    lab = await backupLab()
  })
  afterAll(() => lab.close())

  test.each<[string, (file: string) => void, string]>([['gone', (file) => rmSync(file), 'nothing'], ['cut short', (file) => truncateSync(file, 1000), '1000 bytes']])(
    'that is %s from its store once it is proven gets no receipt', async (_, damage, found) => {
      const place = lab.ground()
      const scratch: typeof place.database.scratch = async () => {
        const made = await place.database.scratch()
        return { ...made, drop: async () => {
          await made.drop()
          for (const name of place.files()) if (name.endsWith('.zst')) damage(path.join(place.folder, name))
        } }
      }
      expect(await place.run({ database: { ...place.database, scratch } })).toMatchObject({ ok: false, reason: 'backup-corrupt', message: expect.stringContaining(`has ${found} under this name`) })
      lab.nothingIsLeft(place)
    })

  test('whose second store takes longer than it may', async () => {
    const place = lab.ground({ ambient: withinTime(lab.ambient, 12_000), copied: true })
    let begun = false
    const copy: BackupStore = { ...place.copy!, write: (name, content) => place.copy!.write(name, (async function* () {
      for await (const chunk of content) {
        begun = true
        await pause(500)
        yield chunk
      }
    })()) }
    expect(await place.run({ copy }, { proof: 'none' })).toMatchObject({ ok: false, reason: 'timed-out', message: expect.stringContaining('12 s, has passed') })
    expect(begun).toBe(true)
    lab.nothingIsLeft(place)
  })
})
