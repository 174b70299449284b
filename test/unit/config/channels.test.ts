import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { channelProblems, variablesLacking } from '../../../core/config/channel-problems.js'
import { readSource } from '../../../core/config/document.js'
import { literalSecrets } from '../../../core/config/literal-secrets.js'
import { problemsOf, type Places } from '../../../core/config/problems.js'
import { channelsOf, channelsSchema } from '../../../core/config/schema-channels.js'
import { channelNames, type ChannelOptions } from '../../../core/domain/channels.js'
import { examplesIn } from '../../support/policy/examples.js'
import { root, textOf } from '../../support/policy/files.js'

const places: Places = { at: (at) => `ecluse.yml ${at.join('.')}`, name: (at) => at.join('.'), hide: (text) => text }
type Env = Readonly<Record<string, string>>

const settled = (yaml: string, env: Env = {}): readonly ChannelOptions[] => channelsOf(channelsSchema.parse(parse(yaml)), env)

/** All that is wrong with it, each with what to do. */
const wrongIn = (yaml: string, env: Env = {}): readonly string[] => {
  const value: unknown = parse(yaml)
  const parsed = channelsSchema.safeParse(value)
  const problems = parsed.success ? channelProblems(channelsOf(parsed.data, env), places, ['notify']) : problemsOf(parsed.error, channelsSchema, value, places)
  return problems.map(({ message, fix }) => `${message} ${fix ?? ''}`)
}

describe('channels', () => {
  test('in the shortest form, with what the job has', () => {
    const env = { SLACK_BOT_TOKEN: 'xoxb-planted', SMTP_HOST: 'smtp.shop.example', SMTP_USER: 'deliveries@shop.example', SMTP_PASSWORD: 'planted-password' }
    const yaml = 'slack: { channel: "#deploys" }\nemail: oncall@shop.example\nteams: { webhook: "https://teams.example/x" }\nalertmanager: { url: "https://alerts.example" }\nwebhook: { url: "https://ops.example/x" }\ngithub-issue:\n'
    expect(settled(yaml, env)).toEqual([
      { name: 'slack', channel: '#deploys', token: 'xoxb-planted', mention: [], api: 'https://slack.com/api' },
      { name: 'email', to: ['oncall@shop.example'], from: 'deliveries@shop.example', host: 'smtp.shop.example', port: 587, security: 'starttls', user: 'deliveries@shop.example', password: 'planted-password' },
      { name: 'teams', webhook: 'https://teams.example/x' },
      { name: 'alertmanager', url: 'https://alerts.example', labels: {} },
      { name: 'webhook', url: 'https://ops.example/x', headers: {} },
      { name: 'github-issue', labels: ['ecluse'], assignees: [] },
    ])
    expect(settled(yaml, env).map(({ name }) => name)).toEqual([...channelNames])
    expect([wrongIn(yaml, env), channelsOf(undefined)]).toEqual([[], []])
  })

  test('with all that can be said', () => {
    const yaml = [
      'email: { to: [a@x.example, "B <b@x.example>"], from: "C <c@x.example>", host: h, port: 2525, security: tls, user: u, password: p, ca: PEM }',
      'slack: { webhook: "https://hooks.example/x", mention: [here, U024BE7LH, S0614TZR7], api: "https://slack-gov.com/api" }',
      'alertmanager: { url: "https://alerts.example/am", bearer: t, labels: { team: web } }',
      'webhook: { url: "https://ops.example", secret: s, headers: { X-Key: k } }',
      'github-issue: { labels: [incident], assignees: [octocat] }',
    ].join('\n')
    expect(settled(yaml, { SLACK_BOT_TOKEN: 'not used', SMTP_USER: 'nor this' })).toEqual([
      { name: 'slack', webhook: 'https://hooks.example/x', mention: ['here', 'U024BE7LH', 'S0614TZR7'], api: 'https://slack-gov.com/api' },
      { name: 'email', to: ['a@x.example', 'B <b@x.example>'], from: 'C <c@x.example>', host: 'h', port: 2525, security: 'tls', user: 'u', password: 'p', ca: 'PEM' },
      { name: 'alertmanager', url: 'https://alerts.example/am', bearer: 't', labels: { team: 'web' } },
      { name: 'webhook', url: 'https://ops.example', secret: 's', headers: { 'X-Key': 'k' } },
      { name: 'github-issue', labels: ['incident'], assignees: ['octocat'] },
    ])
  })

  test.each([['{ port: 465 }', 'tls', 465], ['{ security: none }', 'none', 25], ['{}', 'starttls', 587], ['{ security: tls }', 'tls', 465]])('a mail server with %s', (more, security, port) => {
    const [email] = settled(`email: { to: a@x.example, host: h, from: f@x.example, ${more.slice(1, -1)} }`)
    expect(email).toMatchObject({ security, port })
  })

  test('what a variable will bring needs not be there yet', () => {
    expect(wrongIn('teams: { webhook: "${env:A}" }\nalertmanager: { url: "${env:B}" }\nwebhook: { url: "${env:C}/hook" }\nemail: { to: "${env:D}", host: "${env:E}", from: "${env:F}" }')).toEqual([])
  })

  test('all that is wrong is said at once, with what to do', () => {
    const yaml = 'slack: { chanel: x, mention: [everyone] }\nteams: {}\nemail: { to: [] }\nalertmanager: { url: "alerts.example", labels: { severity: high } }\npager: {}\n'
    expect(wrongIn(yaml).join('\n')).toBe([
      'ecluse.yml slack.mention.0: `slack.mention.0` is "everyone". Write `here`, or the id of a person (`U…`) or a group (`S…`).',
      'ecluse.yml slack.chanel: `slack.chanel` is not a key that exists here. Did you mean `channel`? It could be channel, token, webhook, mention, api.',
      'ecluse.yml email.to: `email.to` is []. Write at least one address.',
      'ecluse.yml teams.webhook: `teams.webhook` is missing. Write an address that begins with `https://` or `http://`.',
      'ecluse.yml alertmanager.url: `alertmanager.url` is "alerts.example". Write an address that begins with `https://` or `http://`.',
      'ecluse.yml alertmanager.labels.severity: `alertmanager.labels.severity` is "severity". Write another label than `alertname`, `app`, `environment`, `key`, `severity`.',
      'ecluse.yml pager: `pager` is not a key that exists here. Use one of slack, email, teams, alertmanager, webhook, github-issue.',
    ].join('\n'))
  })

  test.each([
    ['slack: { channel: "#x", token: t, webhook: "https://hooks.example/x" }', '`token` or `webhook`, not both'],
    ['alertmanager: { url: "https://a.example", bearer: t, basic: { user: u, password: p } }', '`basic` or `bearer`, not both'],
    ['email: not-an-address', 'an address of mail'],
    ['email: "a@x.example, b@x.example"', 'an address of mail'],
    ['email: { to: a@x.example, from: "F\\r\\nBcc: x <f@x.example>" }', 'an address of mail'],
    ['webhook: { url: "ftp://x.example" }', 'begins with `https://`'],
    ['webhook: { url: "https://x.example", headers: { "X Y": z } }', 'the name of a header'],
    ['slack: { token: t }', 'does not say which channel'],
    ['email: { to: a@x.example, host: h, from: f@x.example, user: u, password: p, security: none }', 'its password in the clear'],
  ])('%s is refused', (yaml, words) => {
    expect(wrongIn(yaml).join('\n')).toContain(words)
  })

  test.each<[string, readonly string[]]>([
    ['slack: { channel: "#x" }', ['SLACK_BOT_TOKEN']],
    ['slack: { webhook: "https://hooks.example/x" }', []],
    ['email: a@x.example', ['SMTP_HOST', 'SMTP_FROM']],
    ['email: { to: a@x.example, from: f@x.example }', ['SMTP_HOST']],
    ['email: { to: a@x.example, host: h }', ['SMTP_FROM']],
    ['email: { to: a@x.example, host: h, from: f@x.example, user: u }', ['SMTP_PASSWORD']],
    ['email: { to: a@x.example, host: h, from: f@x.example, password: p }', ['SMTP_USER']],
    ['email: { to: a@x.example, host: h, from: f@x.example }', []],
  ])('%s needs %j of the job', (yaml, variables) => {
    expect(settled(yaml).flatMap(variablesLacking)).toEqual(variables)
  })

  test.each(['127.0.0.1', 'localhost'])('a password may go in the clear to %s', (host) => {
    expect(wrongIn(`email: { to: a@x.example, host: ${host}, from: f@x.example, user: u, password: p, security: none }`)).toEqual([])
  })

  test.each([
    'slack: { token: xoxb-1 }', 'slack: { webhook: https://chat.example/hooks/abc }', 'webhook: { url: https://hooks.slack.com/services/T0/B0/abc }', 'email: { password: abc }',
    'teams: { webhook: "https://x.example/invoke?sv=1.0&sig=abcdefghijkl" }', 'webhook: { url: "https://x.example/invoke?sig=abcdefghijkl" }', 'alertmanager: { bearer: abc }', 'webhook: { secret: abc }', 'webhook: { headers: { Authorization: abc } }',
  ])('a secret that is written down is refused, and not repeated: %s', (yaml) => {
    const { source } = readSource('ecluse.yml', `notify:\n  ${yaml}\n`)
    const problems = literalSecrets(source)
    expect(problems).toHaveLength(1)
    expect(JSON.stringify(problems)).not.toContain('abc')
    const named = readSource('ecluse.yml', `notify:\n  ${yaml.replace(/(: )"?[^\s{}"]+"?( [} ]+)$/, '$1"${env:X}"$2')}\n`)
    expect(literalSecrets(named.source)).toEqual([])
  })

  test.each(channelNames)('the page on %s shows what can be written', (name) => {
    const file = `action-docs/channels/${name}.md`
    const written = examplesIn(file, textOf(file)).map(({ text }): unknown => parse(text)).filter((value) => typeof value === 'object' && value !== null && name in value)
    expect(written.length).toBeGreaterThan(0)
    expect(written.flatMap((value) => channelsSchema.safeParse(value).error?.issues ?? [])).toEqual([])
    const keys = [...readFileSync(path.join(root, file), 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, key]) => key)
    const part: unknown = Reflect.get(channelsSchema.shape, name)
    expect(keysOf(part).filter((key) => !keys.includes(key))).toEqual([])
  })
})

/** Keys of a mapping, whatever it is wrapped in. */
function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return []
  const { def } = schema as { readonly def: { readonly innerType?: unknown; readonly options?: readonly unknown[]; readonly shape?: object } }
  if (def.shape !== undefined) return Object.keys(def.shape)
  return [...keysOf(def.innerType), ...(def.options ?? []).flatMap(keysOf)]
}
