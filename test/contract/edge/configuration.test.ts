import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { edgePlaces, edgePlacesIn, type EdgeSetup } from '../../../core/domain/edge-control/index.js'
import { edgeConfiguration, keeperProgram } from '../../../core/drivers/platforms/compose/edge/index.js'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab } from './lab.js'

const setup: EdgeSetup = { port: 8080, slots: 4, healthPath: '/health', sticky: false }
const ODD = '/he alth?a="b"&c=\'$HOME\'&d=%[src]#e\\'

withEngines(['haproxy'], 'the configuration of an edge', (pathOf) => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'edge-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test.each<[string, Partial<EdgeSetup>, string]>([
    ['the usual', {}, 'plain'],
    ['sticky, one slot', { sticky: true, slots: 1 }, 'plain'],
    ['every address', { address: '::' }, 'plain'],
    ['a path and a folder of any letters', { healthPath: ODD }, 'it\'s "a" $HOME'],
  ])('is accepted without a word: %s', async (_, change, name) => {
    const places = edgePlacesIn(path.join(folder, name))
    await mkdir(places.folder)
    await writeFile(places.configuration, edgeConfiguration({ ...setup, ...change }, places))
    await writeFile(places.keeper, keeperProgram)
    const { stdout, stderr } = await promisify(execFile)(pathOf('haproxy'), ['-c', '-f', places.configuration])
    expect(`${stdout}${stderr}`).toMatch(/^(Configuration file is valid\s*)?$/)
  })

  test('its places are those of the edge\'s container, unless it is told others', () => {
    expect(edgeConfiguration(setup)).toBe(edgeConfiguration(setup, edgePlaces))
    expect(edgeConfiguration(setup)).toContain(`lua-load '${edgePlaces.keeper}'`)
    expect(edgeConfiguration(setup, edgePlacesIn(folder))).not.toContain(edgePlaces.folder)
  })

  test('a health path of any letters is asked as it is', async () => {
    const lab = await edgeLab(pathOf('haproxy'), { setup: { healthPath: '/up?a="b"&c=\'$HOME\'&d=%[src]' } })
    try {
      await lab.start()
      const stable = await lab.arm('v1')
      await lab.wish({ stable, weight: 0 })
      expect(stable.replicas[0]!.asked[0]).toMatchObject({ url: '/up?a="b"&c=\'$HOME\'&d=%[src]', headers: { host: 'localhost' } })
    } finally {
      await lab.close()
    }
  })
})
