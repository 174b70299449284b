import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { edgePlaces } from '../../../core/domain/edge-control/index.js'
import type { Release } from '../../../core/domain/release.js'
import type { Engine } from '../../../core/ports/engine.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { asked, inShort, live, onTrial, seenAs } from './hands.js'

withEngines(['docker'], 'what is left half done', () => {
  let lab: ComposeLab
  let releases: readonly Release[]

  beforeAll(async () => {
    lab = await composeLab({ options: { keep: 1 } })
    releases = await Promise.all(['v0', 'v1', 'v2'].map((version) => lab.release({ version })))
    await live(lab, releases[0]!)
    await live(lab, releases[1]!)
  })
  afterAll(() => lab.close())

  /** Dies when the edge is to be told of what was just written down. */
  const dying = (engine: Engine): Engine => {
    let recorded = false
    return {
      ...engine,
      write: async (container, path, text) => {
        if (path === edgePlaces.wish && recorded) throw new Error('died')
        await engine.write(container, path, text)
      },
      writeFiles: async (container, folder, files) => {
        recorded ||= Object.keys(files).some((name) => `${folder}/${name}` === edgePlaces.record)
        await engine.writeFiles(container, folder, files)
      },
    }
  }

  test('a weight that no roll would ask for is seen, and the deadline is extended all the same', async () => {
    await onTrial(lab, releases[2]!, 25)
    const operate = (line: string): Promise<string> => lab.docker.docker(['exec', lab.edge, 'sh', '-c', `echo "${line}" | socat - unix-connect:/var/lib/ecluse/admin.sock`])
    const rows = (await operate('show servers state app')).split('\n').map((row) => row.split(' '))
    const address = (await lab.docker.docker(['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', (await lab.containers('v2'))[0]!])).trim()
    await operate(`set server app/${rows.find((fields) => fields[4] === address)![3]} weight 4`)
    await seenAs(lab.open(), ({ weight }) => weight === 57.14)
    const deadline = lab.ambient.clock.now() + 600_000
    await lab.open().returnAt(deadline)
    expect(await lab.open().observe()).toMatchObject({ weight: 25, returnsAt: deadline })
    await lab.open().abandon()
  })

  test('a promotion that died at its last step costs no release that can be brought back', async () => {
    const [past] = await lab.open().releases()
    expect(past?.release).toEqual(releases[0])
    await onTrial(lab, releases[2]!, 50)
    await expect(lab.open({}, dying).promote()).rejects.toThrow('died')
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'v2 well', 100])
    await lab.open().restore(past!)
    expect(inShort(await lab.open().observe())).toEqual(['v0 well', 'none', 0])
    expect(await asked(lab.url, 10)).toEqual({ v0: 10 })
    expect((await lab.open().releases()).map(({ release }) => release.version)).toEqual(['v1'])
  })
})
