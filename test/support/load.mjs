// A load generator: open loop (it asks at its rate whether answers come or not), bounded, over kept connections.
import http from 'node:http'

const MOST_WAITING = 500
const TICK_MS = 5

export function load({ url, rps, seconds, signal, connections = 20, method = 'GET', body, headers = {}, timeoutMs = 10_000, good = isGood, onAnswer }) {
  const agent = new http.Agent({ keepAlive: connections > 0, maxSockets: connections || Number.POSITIVE_INFINITY })
  const total = { sent: 0, ok: 0, failed: 0, skipped: 0, failures: {}, versions: {}, failedVersions: {} }
  const times = []
  let waiting = 0
  let settle
  const done = new Promise((resolve) => {
    settle = resolve
  })

  const counts = () => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { ...total, failures: { ...total.failures }, versions: { ...total.versions }, failedVersions: { ...total.failedVersions }, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 }
  }
  const finished = (began, startedAt, version, status, failure) => {
    waiting -= 1
    const ms = performance.now() - began
    times.push(ms)
    if (version) add(total.versions, version)
    if (failure === undefined) total.ok += 1
    else {
      total.failed += 1
      add(total.failures, failure)
      add(total.failedVersions, version)
    }
    onAnswer?.({ version, status, at: startedAt, ms })
    if (stopped && waiting === 0) end()
  }
  const ask = () => {
    if (waiting >= MOST_WAITING) {
      total.skipped += 1
      return
    }
    total.sent += 1
    waiting += 1
    askOnce({ url, method, body, headers, agent, timeoutMs, good }, finished)
  }

  const start = performance.now()
  let asked = 0
  let stopped = false
  const timer = setInterval(() => {
    const elapsed = performance.now() - start
    const over = signal?.aborted || (seconds !== undefined && elapsed >= seconds * 1000)
    if (over) void stop()
    else for (const due = Math.floor((elapsed / 1000) * rps); asked < due; asked += 1) ask()
  }, TICK_MS)
  const end = () => {
    agent.destroy()
    settle(counts())
  }
  const stop = () => {
    if (!stopped) {
      stopped = true
      clearInterval(timer)
      if (waiting === 0) end()
    }
    return done
  }
  return { counts, stop, done }
}

const askOnce = ({ url, method, body, headers, agent, timeoutMs, good }, finished) => {
  const began = performance.now()
  const startedAt = Date.now()
  let over = false
  const finish = (version, status, failure) => {
    if (over) return
    over = true
    clearTimeout(limit)
    finished(began, startedAt, version, status, failure)
  }
  const request = http.request(url, { method, agent, headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
    const version = response.headers['x-ecluse-version'] ?? ''
    response.resume()
    response.once('close', () => {
      if (!response.complete) finish(version, response.statusCode, 'incomplete')
      else finish(version, response.statusCode, good(response.statusCode, version) ? undefined : `status ${response.statusCode}`)
    })
  })
  const limit = setTimeout(() => {
    finish('', 0, 'timeout')
    request.destroy()
  }, timeoutMs)
  request.once('error', (fault) => finish('', 0, fault.code ?? fault.message))
  request.end(body)
}

const isGood = (status) => status < 400

const add = (counts, key) => {
  counts[key] = (counts[key] ?? 0) + 1
}
