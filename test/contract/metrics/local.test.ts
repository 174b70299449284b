import { expect, test } from '@jest/globals'
import { request } from 'node:http'
import { localLab } from '../../support/local-lab.js'
import { until } from '../../support/prometheus-lab.js'
import { live, plan } from '../platform/suite.js'
import { metricsContract } from './suite.js'

metricsContract('local', async () => {
  const lab = await localLab()
  const ask = (path: string): Promise<unknown> => fetch(lab.url + path).then((answer) => answer.text())
  await lab.open().launch(await lab.release({ version: 'v1' }), plan)
  await lab.open().promote()
  const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  return {
    // A machine that is busy can be slow by itself: slow is what takes longer than a second here, and is made to.
    open: (slowerThanMs) => lab.metrics(slowerThanMs === 300 ? 1000 : slowerThanMs),
    arms,
    uncountable: 333,
    traffic: async (arm, requests, errors, slow) => {
      await lab.open().shift(arm === 'stable' ? 0 : 100)
      for (let count = 0; count < requests; count += 1) await ask(count < errors ? '/fail' : count < errors + slow ? '/slow?ms=1300' : '/')
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
    const counted = (requests: number): Promise<void> => until(async () => (await stable())[0] === requests, `${requests} requests to be counted`)
    const instance = (await lab.open().observe()).stable!.url!
    const reached = (path: string): Promise<void> => until(async () => ((await (await fetch(`${instance}/asks`)).json()) as Record<string, number>)[path] === 1, `${path} to reach the instance`)
    await expect(fetch(`${lab.url}/half`).then((answer) => answer.text())).rejects.toThrow('')
    expect(await stable()).toEqual([1, 1])
    const leaving = new AbortController()
    const ended = fetch(`${lab.url}/slow?ms=20000`, { signal: leaving.signal }).then(() => 'an answer', () => 'none')
    await reached('/slow')
    leaving.abort()
    expect(await ended).toBe('none')
    await counted(2)
    expect(await stable()).toEqual([2, 1])
    const upload = request(`${lab.url}/hash`, { method: 'POST', headers: { 'content-length': 1_000_000 } })
    upload.once('error', () => undefined)
    upload.write('the beginning of it')
    await reached('/hash')
    upload.destroy()
    await counted(3)
    expect(await stable()).toEqual([3, 1])
  } finally {
    await lab.close()
  }
})
