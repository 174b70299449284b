/** What users of a release notice while it is replaced: nothing. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { localLab, type LocalLab } from '../../support/local-lab.js'
import { load } from '../../support/load.mjs'
import { live, plan } from './suite.js'

let lab: LocalLab
beforeEach(async () => {
  lab = await localLab()
  await live({ open: () => lab.open() }, await lab.release({ version: 'v1' }))
})
afterEach(() => lab.close())

const second = (): Promise<unknown> => lab.release({ version: 'v2' }).then((release) => lab.open().launch(release, plan))

/** The whole way of a release, there and back. */
async function thereAndBack(): Promise<void> {
  for (const weight of [5, 25, 50, 100]) {
    await lab.open().shift(weight)
    await sleep(200)
  }
  await lab.open().promote()
  await sleep(200)
  const [past] = await lab.open().releases()
  await lab.open().restore(past!)
  await sleep(200)
  await second()
  await lab.open().shift(50)
  await sleep(200)
  await lab.open().abandon()
  await sleep(300)
}

test.each([['GET with kept connections', 'GET', 20], ['GET with new ones', 'GET', 0], ['POST', 'POST', 20]] as const)('no request fails on the way there and back: %s', async (_name, method, connections) => {
  const running = load({ url: lab.url, rps: 300, connections, method, ...(method === 'POST' ? { body: 'x'.repeat(100) } : {}) })
  await second()
  await thereAndBack()
  const counts = await running.stop()
  expect(counts.failures).toEqual({})
  expect(counts.sent).toBeGreaterThan(400)
  expect(counts.versions['v2']).toBeGreaterThan(50)
})

test('a candidate that crashes under load fails no request that can be asked again', async () => {
  const running = load({ url: lab.url, rps: 200 })
  await second()
  await lab.open().shift(50)
  await sleep(300)
  const { candidate } = await lab.open().observe()
  await fetch(`${candidate!.url}/crash`)
  await sleep(500)
  expect((await running.stop()).failures).toEqual({})
})

test('an instance that switches to a protocol nobody asked for has failed the request, and keeps nobody waiting', async () => {
  const answer = await fetch(`${lab.url}/switch`, { signal: AbortSignal.timeout(5000) })
  expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining('release v1 switched to another protocol')])
})

test('checks reach the candidate at weight 0, named by the proxy and counted for nobody; users do not', async () => {
  const launched = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  const before = await lab.metrics().read(launched.arms)
  const { url, headers } = launched.reach!
  const look = async (asked: Readonly<Record<string, string>>): Promise<readonly [number, string | null]> => {
    const answer = await fetch(`${url}/headers`, { headers: asked })
    expect(Object.keys((await answer.json().catch(() => ({}))) as object)).not.toContain('x-ecluse-instance')
    return [answer.status, answer.headers.get('x-ecluse-version')]
  }
  for (let round = 0; round < 5; round++) expect(await look(headers)).toEqual([200, 'v2'])
  expect(await look({ 'x-ecluse-instance': 'guessed' })).toEqual([503, null])
  const after = await lab.metrics().read(launched.arms)
  expect(after).toMatchObject({ kind: 'sample', candidate: (before as { candidate: object }).candidate })
  expect(await look({})).toEqual([200, 'v1'])
})

test('each arm is reached by itself, whatever the weight, and counted for nobody', async () => {
  const { arms } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  await lab.open().shift(50)
  const before = await lab.metrics().read(arms)
  const asked = await Promise.all([arms.stable!, arms.candidate].flatMap(({ reach }) => Array.from({ length: 4 }, async () => (await fetch(`${reach!.url}/env`, { headers: reach!.headers })).headers.get('x-ecluse-version'))))
  expect(asked).toEqual(['v1', 'v1', 'v1', 'v1', 'v2', 'v2', 'v2', 'v2'])
  const { at: _before, ...counted } = before
  expect(await lab.metrics().read(arms)).toMatchObject(counted)
  await lab.open().shift(0)
})

test('slow requests are let finish when their instance goes', async () => {
  await second()
  const patient = (): ReturnType<LocalLab['open']> => lab.open({ drainMs: 20_000 })
  await patient().shift(100)
  const slow = fetch(`${lab.url}/slow?ms=1500`)
  await sleep(300)
  await patient().abandon()
  const answer = await slow
  expect(await answer.json()).toEqual({ version: 'v2' })
})

test('an answer that takes long is waited for', async () => {
  expect((await fetch(`${lab.url}/slow?ms=2500`)).status).toBe(200)
})

test('what does not finish within the drain is cut, and told', async () => {
  await second()
  await lab.open({ drainMs: 200 }).shift(100)
  const slow = fetch(`${lab.url}/slow?ms=5000`)
  const cut = slow.then(() => 'answered', () => 'cut')
  await sleep(300)
  await lab.open({ drainMs: 200 }).abandon()
  expect(await cut).toBe('cut')
  await sleep(100)
  expect((await lab.open({ drainMs: 200 }).diagnose(0)).events.map(({ text }) => text).join('\n')).toContain('1 requests to release v2 were still open')
})

test('large bodies stream both ways, whole and without being held in memory', async () => {
  const bytes = 200 * 1024 * 1024
  const chunk = Buffer.alloc(1024 * 1024, 'ecluse')
  const hash = createHash('sha256')
  for (let sent = 0; sent < bytes; sent += chunk.length) hash.update(chunk)
  const pid = await lab.serverPid()
  const peak = { kilobytes: 0 }
  const watch = setInterval(() => void rss(pid).then((kilobytes) => (peak.kilobytes = Math.max(peak.kilobytes, kilobytes))), 50)
  const before = await rss(pid)
  expect(await posted('/hash', chunk, bytes)).toMatchObject({ sha256: hash.digest('hex') })
  let received = 0
  for await (const part of (await fetch(`${lab.url}/big?bytes=${bytes}`)).body!) {
    received += part.length
    if (received < 20_000_000) await sleep(1)
  }
  clearInterval(watch)
  expect(received).toBe(bytes)
  expect(peak.kilobytes - before).toBeLessThan(100_000)
})

async function rss(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1] ?? 0)
}

function posted(where: string, chunk: Buffer, bytes: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request(lab.url + where, { method: 'POST' }, (answer) => {
      answer.setEncoding('utf8')
      answer.once('data', (text: string) => resolve(JSON.parse(text)))
    })
    asked.once('error', reject)
    Readable.from((function* () {
      for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk
    })()).pipe(asked)
  })
}

test('the instance learns who asked; the client learns who answered', async () => {
  const answer = await fetch(`${lab.url}/headers`)
  const headers = await answer.json()
  expect(headers).toMatchObject({ 'x-forwarded-for': expect.stringContaining('127.0.0.1'), 'x-forwarded-proto': 'http', 'x-forwarded-host': `127.0.0.1:${lab.port}`, host: `127.0.0.1:${lab.port}` })
  expect(answer.headers.get('x-ecluse-version')).toBe('v1')
})

test('websockets pass, and are told to come back when their instance goes', async () => {
  await second()
  await lab.open().shift(100)
  const socket = new WebSocket(lab.url.replace('http', 'ws'))
  let version: unknown
  socket.once('upgrade', (answer) => {
    version = answer.headers['x-ecluse-version']
  })
  await new Promise((resolve) => socket.once('open', resolve))
  expect(version).toBe('v2')
  socket.send('hello')
  expect(String(await new Promise((resolve) => socket.once('message', resolve)))).toBe('hello')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await lab.open({ drainMs: 300 }).abandon()
  expect(await closed).toBe(1001)
})

test('a client stays on its arm, moves only forward, and comes back when the arm goes', async () => {
  await second()
  const sticky = (): ReturnType<LocalLab['open']> => lab.open({ sticky: true })
  await sticky().shift(50)
  const clients = await Promise.all(Array.from({ length: 40 }, async () => {
    const answer = await fetch(lab.url)
    return { cookie: answer.headers.get('set-cookie')!.split(';')[0]!, version: answer.headers.get('x-ecluse-version') }
  }))
  const ask = async (cookie: string): Promise<string | null> => (await fetch(lab.url, { headers: { cookie } })).headers.get('x-ecluse-version')
  for (const { cookie, version } of clients) expect([await ask(cookie), await ask(cookie)]).toEqual([version, version])
  expect(new Set(clients.map(({ version }) => version))).toEqual(new Set(['v1', 'v2']))
  await sticky().shift(75)
  for (const { cookie } of clients.filter(({ version }) => version === 'v2')) expect(await ask(cookie)).toBe('v2')
  await sticky().abandon()
  for (const { cookie } of clients) expect(await ask(cookie)).toBe('v1')
})

test('without any release the answer says so', async () => {
  const empty = await localLab()
  try {
    await empty.open().launch(await empty.release({ version: 'v1' }), plan)
    const answer = await fetch(empty.url)
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('No release serves')])
  } finally {
    await empty.close()
  }
})

test('going back is one moment: from the command to the last request of the new release', async () => {
  await second()
  await lab.open().promote()
  const answers: { version: string; at: number }[] = []
  const running = load({ url: lab.url, rps: 300, onAnswer: (answer) => answers.push(answer) })
  await sleep(500)
  const [past] = await lab.open().releases()
  const before = Date.now()
  await lab.open().restore(past!)
  const after = Date.now()
  await sleep(300)
  expect((await running.stop()).failures).toEqual({})
  expect(after - before).toBeLessThan(3000)
  expect(answers.filter(({ version, at }) => version === 'v2' && at > after)).toEqual([])
})
