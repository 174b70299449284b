/** Ways to a real Prometheus: behind passwords, tokens and TLS, through what stands in between, and while it is not itself. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { exporters } from '../../../core/domain/exporters.js'
import type { Arms } from '../../../core/domain/platform.js'
import type { Access } from '../../../core/drivers/metrics/prometheus/ask.js'
import { prometheusMetrics } from '../../../core/drivers/metrics/prometheus/index.js'
import { EcluseError } from '../../../core/errors/families.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { withEngines } from '../../support/engines/index.js'
import { startApplication, startPrometheus, until, type Application, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'

const arms: Arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: {} } }
const PASSWORD = 'open sesame'
/** Of that password, by bcrypt. */
const HASH = '$2b$04$TFobbATT1i56NBJsLrV/SuIAQSSIApHEyfudcB.u5FjZ5yCWTFDee'

type Handler = (asked: http.IncomingMessage, answer: http.ServerResponse) => void

/** Hands a question on. */
const through = (url: () => string): Handler => (asked, answer) => {
  const { method = 'GET', headers, url: place = '/' } = asked
  asked.pipe(http.request(`${url()}${place}`, { method, headers, agent: false }, (found) => found.pipe(answer.writeHead(found.statusCode ?? 500, found.headers))).once('error', () => answer.destroy()))
}

async function listening(server: http.Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

withEngines(['prometheus', 'openssl'], 'Prometheus', (pathOf) => {
  let folder: string
  let ca: string
  let stranger: string
  let applications: Readonly<Record<'v1' | 'v2', Application>>
  let [one, two, guarded]: readonly RunningPrometheus[] = []
  /** In between, as a test says; by TLS as well. */
  let between: Handler
  let fronts: readonly http.Server[]
  let front: string
  let secure: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-access-'))
    const openssl = (...words: readonly string[]): void => void execFileSync(pathOf('openssl'), words, { cwd: folder, stdio: 'pipe' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const
    for (const name of ['signer', 'stranger']) openssl('req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`)
    openssl('req', ...key, '-subj', '/CN=prometheus', '-keyout', 'server.key', '-out', 'server.csr')
    await writeFile(path.join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'signer.pem', '-CAkey', 'signer.key', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'server.crt')
    const file = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8')
    ;[ca, stranger] = await Promise.all([file('signer.pem'), file('stranger.pem')])
    applications = { v1: await startApplication(), v2: await startApplication() }
    applications.v1.served(100, 1, 0)
    applications.v2.served(10, 1, 0)
    const targets = { v1: applications.v1.target, v2: applications.v2.target }
    const web = `tls_server_config: { cert_file: '${folder}/server.crt', key_file: '${folder}/server.key' }\nbasic_auth_users: { ecluse: '${HASH}' }\n`
    const start = (more: { readonly web?: string; readonly replica?: string } = {}): Promise<RunningPrometheus> => startPrometheus(pathOf('prometheus'), { targets, ...more })
    ;[one, two, guarded] = await Promise.all([start({ replica: 'a' }), start({ replica: 'b' }), start({ web })])
    const handle: Handler = (asked, answer) => between(asked, answer)
    fronts = [http.createServer(handle), https.createServer({ key: await file('server.key'), cert: await file('server.crt') }, handle)]
    front = `http://${await listening(fronts[0]!)}`
    secure = `https://${await listening(fronts[1]!)}`
    for (const each of [one, two]) await until(async () => (await each.value('count(http_requests_total)')) === 4, 'both to be scraped')
  })
  beforeEach(() => {
    between = through(() => one!.url)
  })
  afterAll(async () => {
    for (const server of fronts) {
      server.closeAllConnections()
      server.close()
    }
    for (const each of [one, two, guarded]) await each?.stop()
    await Promise.all(Object.values(applications).map((each) => each.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  const open = (access: Access): Metrics => prometheusMetrics({ access, label: 'version', holds: 'identity', select: [], counting: exporters.go, staleMs: 30_000 }, realAmbient({ work: '', dist: '' }))
  /** What a reading says, and what a person is told before traffic moves. */
  const told = async (access: Access): Promise<readonly [string, string]> => {
    const read = await open(access).read(arms)
    const fault = await open(access).preflight(arms).then(() => '', (thrown: unknown) => (thrown instanceof EcluseError ? `${thrown.message} ${thrown.fix}` : 'a fault of another kind'))
    return [read.kind === 'sample' ? `${read.stable!.requests} ${read.candidate.requests}` : `${read.cause}: ${read.detail}`, fault]
  }
  const basic = { user: 'ecluse', password: PASSWORD }

  test('by its own TLS and password, and with who vouches for it', async () => {
    await until(async () => (await told({ url: guarded!.url, ca, basic }))[0] === '100 10', 'it to have scraped both')
    expect(await told({ url: guarded!.url, ca, basic })).toEqual(['100 10', ''])
  })

  test('by a token, through a proxy that ends TLS', async () => {
    between = (asked, answer) => (asked.headers.authorization === 'Bearer t0ken' ? through(() => one!.url)(asked, answer) : void answer.writeHead(403).end('<h1>Forbidden</h1>'))
    expect(await told({ url: `${secure}/`, ca, bearer: 't0ken' })).toEqual(['100 10', ''])
    expect(await told({ url: secure, ca, bearer: 'other' })).toEqual([expect.stringMatching(/^unreachable: https:\S+ refuses the token \(status 403\)$/), expect.stringContaining('Check `bearer` of the source')])
  })

  test('each thing that is wrong with the access is named, and no secret with it', async () => {
    const { url } = guarded!
    const wrong = { user: 'ecluse', password: 'wrong one' }
    expect(await told({ url, ca, basic: wrong })).toEqual([expect.stringMatching(/^unreachable: https:\S+ refuses the user `ecluse` with that password \(status 401\)$/), expect.stringContaining('Check `basic` of the source')])
    expect(JSON.stringify(await told({ url, ca, basic: wrong }))).not.toContain('wrong one')
    expect(await told({ url, ca })).toEqual([expect.stringContaining('wants to know who asks (status 401)'), expect.stringContaining('Set `basic` or `bearer`')])
    expect((await told({ url, basic }))[0]).toMatch(/^unreachable: .*its certificate is not signed by a trusted authority/)
    expect((await told({ url, ca: stranger, basic }))[0]).toMatch(/^unreachable: .*certificate/)
    expect((await told({ url, ca: 'signer.pem', basic }))[1]).toContain('`ca` of the source is no certificate in the form of PEM')
    // Go's server says 400 and hangs up with the question half read: either reaches us first.
    expect((await told({ url: url.replace('https:', 'http:'), basic }))[0]).toMatch(/^unreachable: (\S+ answered 400$|.* gave no answer: the connection was )/)
  })

  test.each([
    ['503', (_asked, answer) => void answer.writeHead(503).end('no upstream'), /^unreachable: \S+ answered 503$/, /answered 503/],
    ['a page', (_asked, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>'), /^malformed: \S+ answered with 37 characters that are no JSON$/, /a page to sign in at/],
    ['a way elsewhere', (_asked, answer) => void answer.writeHead(302, { location: 'https://login.example/' }).end(), /^unreachable: \S+ answered 302$/, /answered 302/],
    ['JSON of another kind', (_asked, answer) => void answer.writeHead(200).end('{"status":"ok"}'), /^malformed: .* is no answer of Prometheus/, /no answer of Prometheus/],
    ['half an answer', (_asked, answer) => {
      answer.writeHead(200, { 'content-length': 1000 }).write('{"status"')
      setTimeout(() => answer.destroy(), 20)
    }, /^unreachable: /, /gave no answer/],
  ] satisfies readonly (readonly [string, Handler, RegExp, RegExp])[])('%s in between is no answer', async (_what, handler, reading, told_) => {
    between = handler
    expect(await told({ url: front })).toEqual([expect.stringMatching(reading), expect.stringMatching(told_)])
  })

  test('what repeats what it was sent tells nobody the secrets in it', async () => {
    between = (asked, answer) => void answer.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'error', errorType: 'bad_tenant', error: `no such tenant in ${JSON.stringify(asked.headers)}` }))
    const headers = { 'X-Scope-OrgID': 'shop', 'X-Api-Key': 'planted9', 'X-Gate': 'Bearer planted-gate-4711' }
    for (const more of [{ basic }, { bearer: 'planted-bearer-4711' }]) {
      const [reading, fault] = await told({ url: front, headers, ...more })
      expect(reading).toContain('"x-scope-orgid":"shop"')
      expect(`${reading} ${fault}`).not.toMatch(/planted|open sesame|ZWNsdXNlOm9wZW4gc2VzYW1l/)
    }
  })

  test('one that does not answer in time is let go of', async () => {
    between = () => undefined
    expect(await open({ url: front }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('none came within 5 s') })
  })

  test('two behind one address: an answer is of one of them, and the one that is behind says nothing', async () => {
    let turn = 0
    // Each question may meet another of them.
    between = (asked, answer) => through(() => [one!, two!][turn++ % 2]!.url)(asked, answer)
    const source = open({ url: front })
    const first = await source.read(arms)
    const seen: string[] = []
    for (let look = 0; look < 40; look += 1) {
      applications.v1.served(3, 1, 0)
      applications.v2.served(2, 1, 0)
      const read = await source.read(arms)
      seen.push(read.kind === 'sample' ? 'sample' : read.cause)
      await new Promise((resolve) => setTimeout(resolve, 90))
    }
    let last = await source.read(arms)
    await until(async () => {
      last = await source.read(arms)
      return last.kind === 'sample' && last.candidate.requests >= 90 && last.stable!.requests >= 220
    }, 'what was served to be scraped')
    expect(first.kind).toBe('sample')
    // 40 rounds beside the 100 and 10: nothing was counted twice.
    expect(last).toMatchObject({ kind: 'sample', stable: { requests: 220, errors: 41 }, candidate: { requests: 90, errors: 41 } })
    expect(new Set(seen)).toEqual(new Set(['sample', 'went-backwards']))
  })

  test('one that is gone, and comes back with what it had', async () => {
    const source = open({ url: one!.url })
    applications.v2.served(1, 0, 0)
    // What it has not scraped when it goes is lost to it: the application counts from zero afterwards.
    await until(async () => (await one!.value('sum(http_requests_total{version="v2"})')) === 91, 'all that was served to be scraped')
    const before = await source.read(arms)
    await one!.kill()
    expect(await source.read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('connection refused') })
    await one!.start()
    applications.v2.restart()
    applications.v2.served(4, 2, 0)
    const begun = Date.now()
    await until(async () => {
      const now = await source.read(arms)
      return now.kind === 'sample' && now.at > begun && now.candidate.requests > 91
    }, 'the next scrape')
    expect([before, await source.read(arms)]).toMatchObject([{ kind: 'sample', candidate: { requests: 91, errors: 41 } }, { kind: 'sample', candidate: { requests: 95, errors: 43 } }])
  })
})
