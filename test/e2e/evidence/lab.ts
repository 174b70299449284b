/** A checkout whose releases are judged by a real Prometheus, and whose people are told by real servers. */
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { countedBy, openCounters, scrapeOf } from '../../support/counters-door.mjs'
import { startAlertmanager, type RunningAlertmanager } from '../../support/alertmanager-lab.js'
import type { Load } from '../../support/load.mjs'
import { certificates, startMail, type MailServer } from '../../support/mail-lab.js'
import { startPrometheus, until, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { startSlack, type FakeSlack } from '../../support/services/slack.js'
import type { ActionResult } from '../../support/runner.mjs'
import { underWay } from '../../support/under-way.js'
import { lab, type Lab, type LedgerLine } from '../lab.js'
import { startGate, type Gate } from './gate.js'

export interface Programs {
  readonly prometheus: string
  readonly alertmanager: string
  readonly openssl: string
}

/** Whoever is told, each behind a gate. */
export interface People {
  readonly slack: FakeSlack
  readonly mail: MailServer
  readonly alerts: RunningAlertmanager
  readonly gates: Readonly<Record<'slack' | 'mail' | 'alerts', Gate>>
  /** What the steps must be given. */
  readonly env: Readonly<Record<string, string>>
  /** YAML of `notify`. */
  readonly notify: object
  close(): Promise<void>
}

export const planted = { word: 'planted-w0rd-4711', prometheus: 'planted-prometheus-4711', alertmanager: 'planted-alertmanager-4711', header: 'planted-otlp-4711' }

export async function startPeople({ alertmanager, openssl }: Pick<Programs, 'alertmanager' | 'openssl'>): Promise<People> {
  const [slack, mail, alerts] = await Promise.all([startSlack(), startMail(certificates(openssl)), startAlertmanager(alertmanager)])
  const gates = { slack: await startGate('127.0.0.1', portOf(slack.url)), mail: await startGate('127.0.0.1', mail.port), alerts: await startGate('127.0.0.1', portOf(alerts.url)) }
  return {
    slack, mail, alerts, gates,
    env: { SLACK_BOT_TOKEN: slack.token, SMTP_PASSWORD: mail.password, SMTP_CA: mail.ca, ALERTMANAGER_TOKEN: planted.alertmanager },
    notify: {
      slack: { channel: '#deploys', api: `http://127.0.0.1:${gates.slack.port}/api`, token: '${env:SLACK_BOT_TOKEN}', mention: ['here'] },
      email: { to: 'oncall@shop.example', from: 'deliveries@shop.example', host: mail.host, port: gates.mail.port, user: mail.user, password: '${env:SMTP_PASSWORD}', ca: '${env:SMTP_CA}' },
      alertmanager: { url: `http://127.0.0.1:${gates.alerts.port}`, bearer: '${env:ALERTMANAGER_TOKEN}' },
    },
    async close() {
      await Promise.all([...Object.values(gates).map((gate) => gate.close()), slack.stop(), mail.stop(), alerts.stop()])
    },
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

export interface EvidenceLab extends Lab {
  readonly prometheus: RunningPrometheus
  /** Users who ask for the page, which fails as its variant says, until they are stopped. */
  users(rps: number, route?: string): Load
  /** Prometheus has counted requests of it. */
  counted(version: string): Promise<void>
  /** What the steps must be given. */
  readonly env: Readonly<Record<string, string>>
}

export const QUICK_ROLLOUT = { weights: [20, 60, 100], step: { 'at-least': '1s' }, 'healthy-within': '20s', 'decide-within': '40s' }

/** A checkout with these keys of its environment. */
export async function labWith(keys: Readonly<Record<string, unknown>>): Promise<Lab> {
  return lab({ production: yamlOf(keys) })
}

function yamlOf(keys: Readonly<Record<string, unknown>>): string {
  return Object.entries(keys).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join('')
}

/** `more`: keys of the environment, in place of the usual ones. */
export async function evidenceLab(program: string, more: Readonly<Record<string, unknown>>): Promise<EvidenceLab> {
  const here = await labWith({})
  const door = await openCounters(path.join(here.work, '.ecluse'), 'production')
  const prometheus = await startPrometheus(program, { targets: {}, scrapes: scrapeOf(door.target) })
  const keys = {
    rollout: QUICK_ROLLOUT,
    judge: { ...QUICK_JUDGE, metrics: countedBy(prometheus.url, { bearer: '${env:PROMETHEUS_TOKEN}' }) },
    ...more,
  }
  await appendFile(path.join(here.work, 'ecluse.yml'), yamlOf(keys))
  const going = underWay()
  return {
    ...here, prometheus,
    env: { PROMETHEUS_TOKEN: planted.prometheus },
    counted: (version) => until(async () => ((await prometheus.value(`sum(ecluse_requests_total{version="${version}"})`)) ?? 0) > 0, `requests of ${version} to be counted`),
    users: (rps, route = '/') => going.load({ url: `${here.url}${route}`, rps }),
    async close() {
      await going.end()
      await here.close()
      await Promise.all([prometheus.stop(), door.close()])
    },
  }
}

/** Where a canary of 20, 60 and 100 % is when something breaks. */
export const points: readonly (readonly [string, (line: LedgerLine) => boolean])[] = [
  ['before the first weight', (line) => line.event?.verb === 'launch'],
  ['in the climb', (line) => line.event?.verb === 'shift' && line.event.weight === 20],
  ['at the last weight', (line) => line.event?.verb === 'shift' && line.event.weight === 60],
]

/** Delivers, and breaks something as soon as the ledger says that it has come to this point. */
export async function deliverAnd(here: Pick<Lab, 'ledger' | 'start' | 'recorded'>, { release, env, at, breaks }: { readonly release: Awaited<ReturnType<Lab['release']>>; readonly env: Readonly<Record<string, string>>; readonly at: (line: LedgerLine) => boolean; readonly breaks: () => unknown }): Promise<ActionResult> {
  const since = (await here.ledger()).length
  const started = await here.start('canary-promote', release, env)
  await here.recorded((line, index) => index >= since && at(line))
  await breaks()
  const result = await started.finished
  await started.post()
  return result
}

/** Margins so wide that a verdict needs few requests: what is tested is the way, not the judge. */
export const QUICK_JUDGE = { every: '500ms', 'min-requests': 30, errors: { 'fail-above': '+10%', 'pass-below': '+50% +12pp' } }
