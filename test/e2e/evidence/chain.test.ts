/** The whole story of evidence: real counters, a real Prometheus, and real servers that people hear by. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { withEngines } from '../../support/engines/index.js'
import { startCollector } from '../../support/otlp-collector.js'
import { root, type ActionResult } from '../../support/runner.mjs'
import type { OtlpReceiver } from '../../support/services/otlp.js'
import type { SlackMessage } from '../../support/services/slack.js'
import { shownOf, visible } from '../../support/visible.js'
import { evidenceLab, planted, startPeople, type EvidenceLab, type People } from './lab.js'

const PARENT = { trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' }

withEngines(['prometheus', 'alertmanager', 'openssl', 'otlp-receiver'], 'a release from its first request to the day it turns bad', (pathOf) => {
  let people: People
  let here: EvidenceLab
  let traces: OtlpReceiver
  let shown = ''

  beforeAll(async () => {
    people = await startPeople({ alertmanager: pathOf('alertmanager'), openssl: pathOf('openssl') })
    traces = await startCollector(pathOf('otlp-receiver'))
    here = await evidenceLab(pathOf('prometheus'), { notify: people.notify, watch: { for: '60s', every: '1s' }, migrate: { up: 'echo "the key is $API_KEY"' } })
    await deliver('v1')
    here.users(100)
    await here.counted('v1')
  })
  afterAll(async () => {
    await here.close()
    await Promise.all([people.close(), traces.stop()])
  })

  const step = async (action: string, inputs: Readonly<Record<string, string>> = {}): Promise<ActionResult> => {
    const result = await here.run(action, inputs, {
      ...people.env, ...here.env, ECLUSE_ENV: `API_KEY=${planted.word}\n`, TRACEPARENT: `00-${PARENT.trace}-${PARENT.span}-01`,
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${planted.header}`,
    })
    if (result.outputs['reason'] === 'error') throw new Error(`${action} could not do its work:\n${visible(result).slice(-8000)}`)
    shown += `${visible(result)}\n${result.post === undefined ? '' : visible({ ...result, ...result.post })}`
    return result
  }
  const deliver = async (version: string, errorRate = 0): Promise<ActionResult> => step('canary-promote', await here.release({ version, errorRate }))
  const messages = (): readonly SlackMessage[] => people.slack.messages.filter(({ thread }) => thread === undefined)
  const below = (message: SlackMessage | undefined): readonly SlackMessage[] => people.slack.messages.filter(({ thread }) => thread === message?.ts)
  const subjects = (): readonly (string | undefined)[] => people.mail.mails.map(({ headers }) => headers['subject'])
  const replayed = async (evidence: string | undefined): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, '.github', 'tools', 'replay.mjs'), path.join(here.work, evidence ?? ''), '--json'])
    return JSON.parse(stdout)
  }

  test('a good one goes up: one message that is edited, its stages below it, and nobody else is bothered', async () => {
    const before = { messages: messages().length, spans: traces.spans.length }
    const { outputs, code, summary } = await deliver('v2')
    expect({ code, outputs }).toMatchObject({ code: 0, outputs: { reason: 'promoted', verdict: 'pass', version: 'v2', previous: 'v1' } })
    expect(summary).not.toContain('Not told')
    const [told, ...others] = messages().slice(before.messages)
    expect(others).toEqual([])
    expect(told?.shown).toMatch(/^:white_check_mark: \*Promoted: v2 in production\*/)
    expect(told?.edits).toBeGreaterThan(4)
    expect(below(told).map(({ text }) => text.split('\n')[1])).toEqual(['The database is migrated.', 'v2 starts beside what serves.', 'v2 gets 20 % of the traffic.', expect.stringMatching(/^At 20 %.*PASS/), 'v2 gets 60 % of the traffic.', expect.stringMatching(/^At 60 %.*PASS/), 'v2 gets all of the traffic.'])
    expect([people.mail.mails, await people.alerts.alerts()]).toEqual([[], []])
    expect(await replayed(outputs['evidence'])).toMatchObject({ same: true })

    const spans = traces.spans.slice(before.spans)
    const ids = new Set([PARENT.span, ...spans.map(({ id }) => id)])
    expect(spans.filter(({ trace, parent }) => trace !== PARENT.trace || !ids.has(parent))).toEqual([])
    expect(spans.filter(({ parent }) => parent === PARENT.span)).toMatchObject([{ name: 'ecluse canary-promote', failed: false, attributes: { 'ecluse.reason': 'promoted' } }])
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['20 % of the traffic to v2', '60 % of the traffic to v2', 'shift 20 %', 'promote']))
  })

  test('one of whose requests 20 % fail goes back, and an alert fires until the next one is well', async () => {
    const { outputs, code } = await deliver('v3', 0.2)
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: 'high-error-rate', verdict: 'fail', version: 'v2' } })
    expect(await here.served()).not.toContain('v3')
    expect(await replayed(outputs['evidence'])).toMatchObject({ same: true })
    const told = messages().at(-1)
    expect(told?.shown).toMatch(/^:rotating_light: \*Promotion failed: v3 in production\* <!here>\nAt 20 % the judge failed the release/)
    // An edited mention calls nobody.
    expect(below(told).filter(({ broadcast }) => broadcast)).toMatchObject([{ text: expect.stringContaining('<!here>') }])
    expect(subjects()).toEqual(['[web production] Promotion failed: v3 in production'])
    expect(await people.alerts.alerts()).toMatchObject([{ labels: { alertname: 'Ecluse', environment: 'production', severity: 'warning', key: outputs['deployment'] }, annotations: { version: 'v3' }, status: { state: 'active' } }])

    expect((await deliver('v4')).outputs['reason']).toBe('promoted')
    expect(await people.alerts.alerts()).toEqual([])
    expect(messages().at(-1)?.shown).toMatch(/^:white_check_mark: \*Promoted: v4 in production\*/)
    expect(subjects()).toEqual([expect.anything(), '[web production] Promoted: v4 in production'])
  })

  test('one that turns bad with all traffic is taken back by its watch, which somebody hears of, and the next one ends that', async () => {
    expect((await here.served())[0]).toBe('v4')
    const mails = people.mail.mails.length
    await fetch(`${here.url}/plan?fail=1000000`)
    here.users(25, '/planned')
    const { outputs, code } = await step('watch-release', { version: 'v4' })
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: 'rolled-back', cause: 'high-error-rate', serves: 'v2' } })
    expect(new Set(await here.served())).toEqual(new Set(['v2']))
    expect(await people.alerts.alerts()).toMatchObject([{ labels: { key: 'watch:production', severity: 'warning' } }])
    expect(subjects().slice(mails)).toEqual(['[web production] Watch of v4 in production failed: rolled-back, high-error-rate'])

    expect((await step('rollback')).outputs['reason']).toBe('just-rolled-back')
    expect((await step('reconcile')).outputs['reason']).toBe('nothing-open')
    expect(await people.alerts.alerts()).toHaveLength(1)
    expect((await step('rollback', { to: 'v1' })).outputs).toMatchObject({ reason: 'rolled-back', version: 'v1' })
    expect(await people.alerts.alerts()).toEqual([])
  })

  test('secrets are in nothing that anybody can read afterwards', async () => {
    const files = (await readdir(path.join(here.work, '.ecluse'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && /\.jsonl?$/.test(entry.name))
    expect(files.map(({ parentPath }) => path.basename(parentPath))).toEqual(expect.arrayContaining(['ledger', 'evidence', 'production']))
    const kept = await Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')))
    const told = JSON.stringify([people.slack.messages, people.mail.mails, await people.alerts.alerts()])
    const secrets = [...Object.values(planted), people.slack.token, people.mail.password]
    expect(shownOf(secrets, [shown, ...kept, told, ...traces.raw].join('\n'))).toEqual([])
    // They were used: otherwise nothing could have shown them.
    expect(shown).toContain('the key is ***')
  })
})
