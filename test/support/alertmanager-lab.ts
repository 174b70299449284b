/** A real Alertmanager on loopback, alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { unusedPort } from './local-lab.js'
import { until } from './prometheus-lab.js'

export interface GettableAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
  readonly status: { readonly state: string }
}

export interface RunningAlertmanager {
  readonly url: string
  /** Alerts that fire now, the oldest first. */
  alerts(): Promise<readonly GettableAlert[]>
  /** As a person does on its page. */
  silence(labels: Readonly<Record<string, string>>, by: string): Promise<void>
  stop(): Promise<void>
}

/** `web`: contents of `--web.config.file`, for passwords and TLS; `path`: served below it. */
export async function startAlertmanager(program: string, { web, prefix = '' }: { readonly web?: string; readonly prefix?: string } = {}): Promise<RunningAlertmanager> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-alertmanager-'))
  const inhibit = "inhibit_rules:\n  - { source_matchers: ['alertname = \"Ecluse\"', 'severity = \"critical\"', 'key = \"down\"'], target_matchers: ['key = \"beneath\"'], equal: [app] }\n"
  await writeFile(path.join(folder, 'alertmanager.yml'), `route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n${inhibit}`)
  if (web !== undefined) await writeFile(path.join(folder, 'web.yml'), web)
  const port = await unusedPort()
  const child = spawn(program, [
    `--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address=', '--log.level=error',
    ...(prefix === '' ? [] : [`--web.route-prefix=${prefix}`]), ...(web === undefined ? [] : [`--web.config.file=${folder}/web.yml`]),
  ], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}${prefix}`
  const ask = async <T>(route: string, given?: object): Promise<T> => {
    const answer = await fetch(`${url}/api/v2/${route}`, given === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(given) })
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const running: RunningAlertmanager = {
    url,
    alerts: async () => (await ask<readonly GettableAlert[]>('alerts')).toSorted((a, b) => a.startsAt.localeCompare(b.startsAt)),
    async silence(labels, by) {
      const now = Date.now()
      const matchers = Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }))
      await ask('silences', { matchers, createdBy: by, comment: 'I am on it', startsAt: new Date(now).toISOString(), endsAt: new Date(now + 3_600_000).toISOString() })
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`Alertmanager ended with ${child.exitCode}.`)
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.status === (web === undefined ? 200 : 401)
  }, 'Alertmanager to be ready')
  return running
}
