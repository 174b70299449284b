import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AlertmanagerOptions } from '../../../core/domain/channels.js'
import { alertmanagerNotifier } from '../../../core/drivers/notifiers/alertmanager/index.js'
import { startAlertmanager, type GettableAlert, type RunningAlertmanager } from '../../support/alertmanager-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { until } from '../../support/prometheus-lab.js'
import { serveIll, type Loopback } from '../../support/services/loopback.js'
import { listening, noticeOf, notifierContract, type NotifierLab } from './suite.js'

const PASSWORD = 'planted-password-4711'
const shown = ({ labels, annotations }: GettableAlert): string => [...Object.values(annotations), ...Object.values(labels)].join('\n')

async function place(program: string): Promise<NotifierLab> {
  const server = await startAlertmanager(program)
  const ill: Loopback[] = []
  const options = (url: string): AlertmanagerOptions => ({ name: 'alertmanager', url, basic: { user: 'ecluse', password: PASSWORD }, labels: { team: 'web' } })
  let known: readonly string[] = []
  const now = async (): Promise<readonly GettableAlert[]> => (await server.alerts()).filter(({ labels }) => !known.includes(labels['key']!))
  let keys = 0
  return {
    secrets: [PASSWORD, Buffer.from(`ecluse:${PASSWORD}`).toString('base64')],
    troubleOnly: true,
    open: (ambient) => {
      const notifier = alertmanagerNotifier(options(server.url), ambient)
      // Alerts of one test are not those of the next.
      const own = (notice: Parameters<typeof notifier.post>[0]): typeof notice => ({ ...notice, key: `${notice.key}-${keys}` })
      return { ...notifier, post: (notice) => notifier.post(own(notice)), update: (thread, notice) => notifier.update(thread, own(notice)), close: (thread, notice) => notifier.close(thread, own(notice)) }
    },
    seen: async () => (await now()).map(shown),
    details: async () => [],
    async acknowledge() {
      const [alert] = await now()
      await server.silence({ alertname: 'Ecluse', key: alert!.labels['key']! }, 'night@shop.example')
      await until(async () => (await now()).every(({ status }) => status.state === 'suppressed'), 'the silence to be seen')
      return 'night@shop.example'
    },
    async failing(failure, ambient) {
      if (failure === 'down') return alertmanagerNotifier(options(`http://127.0.0.1:${await unusedPort()}`), ambient)
      const sick = await serveIll(failure)
      ill.push(sick)
      return alertmanagerNotifier(options(sick.url), ambient, ...(failure === 'slow' ? [150] : []))
    },
    async clear() {
      keys += 1
      known = (await server.alerts()).map(({ labels }) => labels['key']!)
    },
    async close() {
      await Promise.all([server, ...ill].map((one) => one.stop()))
    },
  }
}

withEngines(['alertmanager'], 'Alertmanager', (pathOf) => {
  notifierContract('alertmanager', () => place(pathOf('alertmanager')))

  describe('an alert', () => {
    let server: RunningAlertmanager
    const { ambient } = listening()
    const open = (more: Partial<AlertmanagerOptions> = {}): ReturnType<typeof alertmanagerNotifier> => alertmanagerNotifier({ name: 'alertmanager', url: `${server.url}/`, labels: { team: 'web' }, ...more }, ambient)
    const alertsOf = async (key: string): Promise<readonly GettableAlert[]> => (await server.alerts()).filter(({ labels }) => labels['key'] === key)
    beforeAll(async () => {
      server = await startAlertmanager(pathOf('alertmanager'), { prefix: '/alerts' })
    })
    afterAll(() => server.stop())

    test('has labels to route by, and holds for days although nobody repeats it', async () => {
      const at = Date.now() - 60_000
      await open().post(noticeOf({ key: 'held', at, link: 'https://github.test/run/1' }))
      const [alert] = await alertsOf('held')
      expect(alert).toMatchObject({
        labels: { alertname: 'Ecluse', app: 'shop', environment: 'production', key: 'held', severity: 'critical', team: 'web' },
        annotations: { description: 'The errors rose to 7 %.\nIt went back by itself.', version: 'v2.0.1', state: 'failed' }, generatorURL: 'https://github.test/run/1',
      })
      expect(Date.parse(alert!.startsAt)).toBe(at)
      expect(Date.parse(alert!.endsAt) - Date.now()).toBeGreaterThan(6 * 86_400_000)
    })

    test('that grows worse is one of the new severity, and the old one is over', async () => {
      const first = await open().post(noticeOf({ key: 'worse', severity: 'warning' }))
      const second = await open().update(first, noticeOf({ key: 'worse', severity: 'critical' }))
      await until(async () => (await alertsOf('worse')).length === 1, 'the first to be over')
      expect((await alertsOf('worse'))[0]?.labels['severity']).toBe('critical')
      await open().update(second, noticeOf({ key: 'worse', severity: 'info', state: 'running', title: 'trying again' }))
      expect(await alertsOf('worse')).toMatchObject([{ labels: { severity: 'critical' }, annotations: { summary: 'trying again' } }])
      expect(await open().update(second, noticeOf({ key: 'worse', severity: 'info', state: 'succeeded' }))).toEqual({})
      await until(async () => (await alertsOf('worse')).length === 0, 'it to be over')
    })

    test('is over by the labels that it was fired with, though the configuration has others by now', async () => {
      const thread = await open().post(noticeOf({ key: 'moved' }))
      await open({ labels: { team: 'core' } }).close(thread, noticeOf({ key: 'moved', severity: 'info', state: 'succeeded' }))
      await until(async () => (await alertsOf('moved')).length === 0, 'it to be over')
      const again = await open().post(noticeOf({ key: 'moves' }))
      await open({ labels: { team: 'core' } }).update(again, noticeOf({ key: 'moves' }))
      await until(async () => (await alertsOf('moves')).length === 1, 'the first to be over')
      expect((await alertsOf('moves'))[0]?.labels['team']).toBe('core')
    })

    test('that an inhibition rule keeps quiet counts as seen', async () => {
      await open().post(noticeOf({ key: 'down' }))
      const thread = await open().post(noticeOf({ key: 'beneath', severity: 'warning' }))
      await until(async () => (await open().acknowledged(thread)) !== undefined, 'the inhibition')
      expect(await open().acknowledged(thread)).toEqual({ by: 'an inhibition rule' })
    })

    test('of another application is another alert', async () => {
      const ours = await open().post(noticeOf({ key: 'backup-old:production' }))
      await open().post(noticeOf({ key: 'backup-old:production', app: 'mail' }))
      await server.silence({ alertname: 'Ecluse', app: 'mail' }, 'night')
      await until(async () => (await alertsOf('backup-old:production')).some(({ status }) => status.state === 'suppressed'), 'the silence')
      expect(await open().acknowledged(ours)).toBeUndefined()
    })

    test('is refused to who has no right to send it', async () => {
      // The password of this file is `test`.
      const guarded = await startAlertmanager(pathOf('alertmanager'), { web: 'basic_auth_users: { ecluse: "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay" }\n' })
      const at = (password: string): Promise<unknown> => open({ url: guarded.url, basic: { user: 'ecluse', password } }).post(noticeOf({ key: 'guarded' }))
      await expect(at('guess-of-mine')).rejects.toMatchObject({ code: 'channel-refused', status: 401, fix: expect.stringContaining('`basic`') })
      await expect(at('test')).resolves.toMatchObject({ key: 'guarded' })
      await guarded.stop()
    })
  })
})
