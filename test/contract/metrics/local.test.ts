import { expect, test } from '@jest/globals'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { localLab } from '../../support/local-lab.js'
import { live, plan } from '../platform/suite.js'
import { metricsContract } from './suite.js'

metricsContract('local', async () => {
  const lab = await localLab()
  const ask = (path: string): Promise<unknown> => fetch(lab.url + path).then((answer) => answer.text())
  await lab.open().launch(await lab.release({ version: 'v1' }), plan)
  await lab.open().promote()
  const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  return {
    open: (slowerThanMs) => lab.metrics(slowerThanMs),
    arms,
    uncountable: 333,
    traffic: async (arm, requests, errors, slow) => {
      await lab.open().shift(arm === 'stable' ? 0 : 100)
      for (let count = 0; count < requests; count += 1) await ask(count < errors ? '/fail' : count < errors + slow ? '/slow?ms=350' : '/')
      await lab.open().shift(0)
    },
    withdraw: () => lab.open().abandon(),
    unplug: () => lab.stop(),
    close: () => lab.close(),
  }
})

test('a threshold between the bounds is refused with the bounds', async () => {
  const lab = await localLab()
  await expect(lab.metrics(333).preflight({ candidate: { name: 'candidate', identity: 'v1', labels: {} } })).rejects.toMatchObject({
    message: expect.stringContaining('333 ms'), fix: expect.stringContaining('200, 300, 400'),
  })
})

test('such a threshold is no data to whoever reads without having asked before, never all requests', async () => {
  const lab = await localLab()
  try {
    await live({ open: () => lab.open() }, await lab.release({ version: 'v1' }))
    const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
    await fetch(lab.url).then((answer) => answer.text())
    expect(await lab.metrics(333).read(arms)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: expect.stringContaining('333 ms') })
  } finally {
    await lab.close()
  }
})

test('an instance that ends in the middle of an answer, a client that leaves, and a crash are told apart', async () => {
  const lab = await localLab()
  try {
    await live({ open: () => lab.open() }, await lab.release({ version: 'v1' }))
    const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
    const stable = async (): Promise<readonly number[]> => {
      const read = await lab.metrics().read(arms)
      return read.kind === 'sample' ? [read.stable!.requests, read.stable!.errors] : []
    }
    await expect(fetch(`${lab.url}/half`).then((answer) => answer.text())).rejects.toThrow('')
    expect(await stable()).toEqual([1, 1])
    await expect(fetch(`${lab.url}/slow?ms=500`, { signal: AbortSignal.timeout(50) })).rejects.toThrow('')
    await sleep(50)
    expect(await stable()).toEqual([2, 1])
    const upload = request(`${lab.url}/hash`, { method: 'POST', headers: { 'content-length': 1_000_000 } })
    upload.once('error', () => undefined)
    upload.write('the beginning of it')
    await sleep(50)
    upload.destroy()
    await sleep(50)
    expect(await stable()).toEqual([3, 1])
  } finally {
    await lab.close()
  }
})
