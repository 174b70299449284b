import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab, type PrivateEngine } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { asked, inShort, live, onTrial, plan } from './hands.js'

jest.setTimeout(240_000)

withEngines(['docker'], 'a host without room', () => {
  let engine: PrivateEngine
  let lab: ComposeLab

  beforeAll(async () => {
    engine = await (await dockerLab()).privateEngine({ dataBytes: 700 * 1024 * 1024 })
    lab = await composeLab({ engine })
    await live(lab, await lab.release({ version: 'v1' }))
  })
  afterAll(async () => {
    await engine.end()
    await lab.close()
  })

  test('takes no release on, says why, and goes on serving; with room again the next one is delivered', async () => {
    const v2 = await lab.release({ version: 'v2' })
    const [image] = Object.values((await lab.open().observe()).stable!.release.images)
    const fill = ['run', '--name', `${lab.app}-fill`, '--entrypoint', 'dd', image!, 'if=/dev/zero', 'of=/fill', 'bs=1M']
    await engine.docker(fill).catch((full: unknown) => expect(String(full)).toContain('No space left'))
    await expect(lab.open().launch(v2, plan)).rejects.toMatchObject({ code: 'disk-full' })
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
    await engine.docker(['rm', '--force', `${lab.app}-fill`])
    await onTrial(lab, v2, 50)
    await lab.open().promote()
    expect(await asked(lab.url, 20)).toEqual({ v2: 20 })
  })
})
