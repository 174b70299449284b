import { expect, test } from '@jest/globals'
import { channelNames, type ChannelName, type ChannelOptions } from '../../../core/domain/channels.js'
import { openNotifier } from '../../../core/drivers/registry-notify.js'
import { listening } from './suite.js'

const HOOK = 'https://hooks.slack.com/services/T0/B0/planted4711'
const FLOW = 'https://flows.example/workflows/planted4711/invoke?api-version=2016-06-01&sig=planted-signature'
const SHORT = 'https://ops.example/x'
const all: { readonly [N in ChannelName]: Extract<ChannelOptions, { name: N }> } = {
  slack: { name: 'slack', channel: '#deploys', token: 'xoxb-planted', mention: [], api: 'https://slack.com/api' },
  email: { name: 'email', to: ['a@x.example'], from: 'b@x.example', host: 'x.example', port: 587, security: 'starttls', user: 'u', password: 'planted-password' },
  teams: { name: 'teams', webhook: FLOW },
  alertmanager: { name: 'alertmanager', url: 'https://alerts.example', bearer: 'planted-bearer', labels: {} },
  webhook: { name: 'webhook', url: 'https://ops.example/hooks/planted4711', secret: 'planted-key', headers: { Authorization: 'Bearer planted-header', 'X-Env': 'production' } },
  'github-issue': { name: 'github-issue', labels: [], assignees: [] },
}
const github = { repository: 'acme/shop', call: () => Promise.reject(new Error('nobody asked')), look: () => Promise.reject(new Error('nobody asked')), list: async function* none() {}, now: () => 0 }

test.each(channelNames)('%s opens without asking anybody, under the name that the file has', async (name) => {
  expect((await openNotifier(all[name], listening().ambient, async () => github)).name).toBe(name)
})

test.each<readonly [ChannelOptions, readonly string[]]>([
  [all.slack, ['xoxb-planted']],
  [{ name: 'slack', webhook: HOOK, mention: [], api: '' }, [HOOK, '/services/T0/B0/planted4711']],
  [all.email, ['planted-password']],
  [all.teams, [FLOW, '/workflows/planted4711/invoke', 'planted-signature']],
  [all.alertmanager, ['planted-bearer']],
  [{ name: 'alertmanager', url: 'https://alerts.example', basic: { user: 'u', password: 'planted-password' }, labels: {} }, ['planted-password']],
  [all.webhook, ['planted-key', '/hooks/planted4711', 'planted-header']],
  [{ ...all.webhook, headers: { 'X-Api-Key': 'planted9' } }, ['planted9']],
])('everything secret is masked before anything is said: %j', async (options, secrets) => {
  const { ambient, masked } = listening()
  await openNotifier(options, ambient)
  expect(masked).toEqual(expect.arrayContaining([...secrets]))
})

test('words that every log is full of are not masked', async () => {
  const { ambient, masked } = listening()
  await openNotifier({ ...all.webhook, url: SHORT }, ambient)
  expect(masked.filter((text) => ['/x', 'production', '/'].includes(text))).toEqual([])
})

test('issues need a token, and say so before anything is tried', async () => {
  await expect(openNotifier(all['github-issue'], listening().ambient)).rejects.toMatchObject({ family: 'input', code: 'github-unset' })
})
