import { describe, expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production } from './lab.js'

const HOUR = 3_600_000
const JOB = { SLACK_BOT_TOKEN: 'xoxb-of-the-job', SMTP_HOST: 'smtp.shop.example', SMTP_FROM: 'deliveries@shop.example' }
const notifyOf = async (written: string, env: Readonly<Record<string, string>> = JOB) => (await environmentOf({ file: production(`notify: ${written}`), env })).notify

test('without `notify` nobody is told', async () => {
  expect((await environmentOf({ file: production('soak: 5m') })).notify).toBeUndefined()
})

test('each channel is told from a severity on, and the rest has defaults', async () => {
  expect(await notifyOf('{ slack: { channel: "#deploys" }, email: team@shop.example }')).toMatchObject({
    channels: [{ id: 'slack', least: 'info', options: { name: 'slack', channel: '#deploys' } }, { id: 'email', least: 'warning', options: { name: 'email', to: ['team@shop.example'] } }],
    escalations: [], digestMs: HOUR, approvalMs: HOUR, lacking: [],
  })
  expect((await notifyOf('{ slack: { channel: "#x" }, email: a@b.example, when: { slack: warning, email: critical }, digest: 30m, approval-after: 2h }'))).toMatchObject({
    channels: [{ least: 'warning' }, { least: 'critical' }], digestMs: HOUR / 2, approvalMs: 2 * HOUR,
  })
})

test('what nobody acknowledges goes to channels of its own, beside one of the same name', async () => {
  expect((await notifyOf('{ email: team@shop.example, escalate: { after: 10m, to: { email: oncall@shop.example } } }'))).toMatchObject({
    channels: [{ id: 'email', options: { to: ['team@shop.example'] } }],
    escalations: [{ afterMs: 600_000, least: 'warning', to: [{ id: 'escalate.email', least: 'warning', options: { to: ['oncall@shop.example'] } }] }],
  })
  expect((await notifyOf('{ escalate: { to: { email: oncall@shop.example }, when: critical } }'))?.escalations).toMatchObject([{ afterMs: 900_000, least: 'critical' }])
})

describe('a variable that is not set', () => {
  const written = '{ slack: { channel: "#deploys", token: "${env:SLACK_TOKEN}" }, email: team@shop.example, escalate: { after: 10m, to: { webhook: { url: "https://pager.example/${env:PAGER}" } } } }'
  test('leaves its channel out, says so, and keeps nobody from delivering', async () => {
    const found = await notifyOf(written)
    expect(found?.channels.map(({ id }) => id)).toEqual(['email'])
    expect(found?.escalations).toMatchObject([{ to: [] }])
    expect(found?.lacking).toEqual([{ channel: 'slack', variables: ['SLACK_TOKEN'] }, { channel: 'escalate.webhook', variables: ['PAGER'] }])
  })
  test('is put in where it is set, and hidden', async () => {
    const hidden: string[] = []
    const { notify } = await environmentOf({ file: production(`notify: ${written}`), env: { ...JOB, SLACK_TOKEN: 'xoxb-planted', PAGER: 'p-1' }, hide: (secret) => hidden.push(secret) })
    expect(notify).toMatchObject({ channels: [{ options: { token: 'xoxb-planted' } }, { id: 'email' }], escalations: [{ to: [{ options: { url: 'https://pager.example/p-1' } }] }], lacking: [] })
    expect(hidden).toContain('xoxb-planted')
  })
  test('and that the file leaves to the job is the same', async () => {
    expect(await notifyOf('{ slack: { channel: "#deploys" }, email: team@shop.example, escalate: { to: { email: oncall@shop.example } } }', { SMTP_HOST: 'smtp.shop.example' })).toMatchObject({
      channels: [], escalations: [{ to: [] }],
      lacking: [{ channel: 'slack', variables: ['SLACK_BOT_TOKEN'] }, { channel: 'email', variables: ['SMTP_FROM'] }, { channel: 'escalate.email', variables: ['SMTP_FROM'] }],
    })
  })
  test('elsewhere is still an error', async () => {
    expect(await problemsOf({ file: production('notify: { email: team@shop.example }', 'backup: { database: "${env:DATABASE_URL}" }') })).toEqual([expect.stringContaining('needs the environment variable `DATABASE_URL`')])
  })
})

test('what no variable would set right is refused where the file is loaded, also below `escalate`', async () => {
  const mail = '{ to: a@shop.example, host: smtp.shop.example, from: f@shop.example, user: u, password: "${env:P}", security: none }'
  expect(await problemsOf({ file: production(`notify: { slack: { token: "\${env:T}" }, escalate: { to: { email: ${mail} } } }`), env: { T: 'xoxb-planted', P: 'planted' } })).toEqual([
    expect.stringMatching(/^config-invalid ecluse\.yml:4:\d+: `environments\.production\.notify\.slack` does not say which channel\./),
    expect.stringMatching(/^config-invalid ecluse\.yml:4:\d+: `environments\.production\.notify\.escalate\.to\.email` would send its password in the clear\./),
  ])
})

test('all that is wrong is said at once, where it is written', async () => {
  expect((await problemsOf({ file: production('notify: { slak: {}, when: { slack: loud }, escalate: { after: soon, to: { email: 5 } }, digest: 0s }') })).map((one) => one.replace(/^config-invalid ecluse\.yml:\d+:\d+: /, ''))).toEqual(expect.arrayContaining([
    expect.stringMatching(/^`environments\.production\.notify\.slak` is not a key that exists here\. Did you mean `slack`\?/),
    '`environments.production.notify.when.slack` is "loud". Write `info`, `warning` or `critical`.',
    expect.stringMatching(/^`environments\.production\.notify\.escalate\.after` is "soon"\. Write a duration/),
    expect.stringMatching(/^`environments\.production\.notify\.escalate\.to\.email` is 5\./),
    expect.stringMatching(/^`environments\.production\.notify\.digest` is "0s"\. Write a duration above zero/),
  ]))
})
