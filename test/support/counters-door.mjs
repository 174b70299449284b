// A door of TCP to the counters of the `local` platform, which has them behind a socket of its own: what scrapes can't ask there.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'

/** `state`: the folder that the platform's server writes to; it need not run yet. */
export async function openCounters(state, environment) {
  const card = path.join(state, 'local', environment, 'server.json')
  const server = http.createServer((asked, answer) => {
    void pass(card, answer).catch(() => answer.writeHead(503).end())
    asked.resume()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    target: `127.0.0.1:${server.address().port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function pass(card, answer) {
  const { socket } = JSON.parse(await readFile(card, 'utf8'))
  http.get({ socketPath: socket, path: '/metrics', agent: false, timeout: 1000 }, (found) => found.pipe(answer.writeHead(found.statusCode, found.headers)))
    .once('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(503).end()))
    .once('timeout', function stop() { this.destroy() })
}

/** How it is scraped. Contents of `scrape_configs`. */
export const scrapeOf = (target) => `  - job_name: edge
    static_configs: [{ targets: ['${target}'] }]
`

/** `judge.metrics` for it. */
export const countedBy = (url, more = {}) => ({
  prometheus: { url, requests: 'ecluse_requests_total', errors: 'ecluse_request_errors_total', latency: 'ecluse_request_duration_seconds', select: '{job="edge"}', ...more },
})
