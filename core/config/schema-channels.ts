import { z } from 'zod'
import type { AlertmanagerOptions, ChannelOptions, EmailOptions, IssueOptions, SlackOptions, WebhookOptions } from '../domain/channels.js'
import { choice, formed, text, whole } from './words.js'

const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })
/** Until its variable is put in, a text is what the file says. */
const REFERENCE = /\$\{env:[^}]*\}/
const HTTP = 'an address that begins with `https://` or `http://`'
const address = (meaning: string, example: string): z.ZodString =>
  z.string({ error: HTTP }).refine((written) => REFERENCE.test(written) || (/^https?:\/\//.test(written) && URL.canParse(written)), { error: HTTP }).meta({ description: meaning, examples: [example] })
const MAILBOX = /^(?:[^<>@\r\n]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+|\$\{env:[^}]*\})$/
const mailbox = formed(MAILBOX, 'an address of mail, such as `oncall@shop.example`', { description: 'An address.', examples: ['oncall@shop.example'] })
const mailboxes = z.array(mailbox, { error: 'an address of mail or a list of them' }).min(1, { error: 'at least one address' })
const anyMailboxes = z.union([mailbox, mailboxes], { error: 'an address of mail or a list of them' })

const slack = z.strictObject({
  channel: text('`#name` or id of the channel. That of a webhook is fixed.', '#deploys').optional(),
  token: text("A bot's token, `xoxb-…`, by `${env:NAME}`: its message is edited as things go on, with details in its thread. Default: `SLACK_BOT_TOKEN`.", '${env:SLACK_BOT_TOKEN}').optional(),
  webhook: address('An incoming webhook in the place of a token: messages only.', '${env:SLACK_WEBHOOK}').optional(),
  mention: z.array(formed(/^(?:here|[UWS][A-Z0-9]{5,})$/, '`here`, or the id of a person (`U…`) or a group (`S…`)', { description: 'Who.', examples: ['here', 'U024BE7LH'] }))
    .meta({ description: 'Who is woken by a failure: `here`, or ids of people and groups. Default: nobody.', examples: [['here']] }).optional(),
  api: address('Where the API is, for Slack of governments.', 'https://slack-gov.com/api').optional(),
}, like('{ channel: "#deploys" }')).refine((value) => value.token === undefined || value.webhook === undefined, { error: '`token` or `webhook`, not both' })
  .meta({ description: 'A channel of Slack.', examples: [{ channel: '#deploys', mention: ['here'] }] })

const mailServer = z.strictObject({
  to: anyMailboxes.meta({ description: 'Who gets the mails.', examples: ['oncall@shop.example'] }),
  from: mailbox.meta({ description: 'Whom they come from. Default: `SMTP_FROM`, else `user` where that is an address.', examples: ['Deliveries <deliveries@shop.example>'] }).optional(),
  host: text('Server that passes them on. Default: `SMTP_HOST`.', 'smtp.shop.example').optional(),
  port: whole('Default: 587 with `starttls`, 465 with `tls`, 25 with `none`.', 1, 65_535).optional(),
  security: choice('`starttls` does not send where the server offers no encryption; `none` sends in the clear.', ['starttls', 'tls', 'none'], 'starttls').optional(),
  user: text('Name to log in with. Default: `SMTP_USER`.', 'deliveries').optional(),
  password: text('Always by `${env:NAME}`. Default: `SMTP_PASSWORD`.', '${env:SMTP_PASSWORD}').optional(),
  ca: text('Who signed the certificate of the server, as PEM text.', '${env:SMTP_CA}').optional(),
}, like('{ to: oncall@shop.example, host: smtp.shop.example }')).meta({ description: 'Mails.' })

const email = z.union([mailbox, mailboxes, mailServer], { error: 'an address of mail, a list of them, or a mapping such as `{ to: oncall@shop.example, host: smtp.shop.example }`' })
  .meta({ description: 'Mails: to whom, or more about it.', examples: ['oncall@shop.example', { to: 'oncall@shop.example', host: 'smtp.shop.example', user: 'deliveries', password: '${env:SMTP_PASSWORD}' }] })

const teams = z.strictObject({ webhook: address('Address that a Teams Workflow was given; by `${env:NAME}`.', '${env:TEAMS_WEBHOOK}') }, like('{ webhook: "${env:TEAMS_WEBHOOK}" }'))
  .meta({ description: 'A channel or chat of Microsoft Teams.', examples: [{ webhook: '${env:TEAMS_WEBHOOK}' }] })

const OWN_LABELS = ['alertname', 'app', 'environment', 'key', 'severity']
const alertmanager = z.strictObject({
  url: address('Address of Alertmanager, with the path where it is served below one.', 'https://alerts.shop.example'),
  basic: z.strictObject({
    user: text('Name.', 'ecluse'),
    password: text('Password; always by `${env:NAME}`.', '${env:ALERTMANAGER_PASSWORD}'),
  }, like('{ user: ecluse, password: "${env:ALERTMANAGER_PASSWORD}" }')).meta({ description: 'Basic authentication.', examples: [{ user: 'ecluse', password: '${env:ALERTMANAGER_PASSWORD}' }] }).optional(),
  bearer: text('Token; always by `${env:NAME}`.', '${env:ALERTMANAGER_TOKEN}').optional(),
  labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'a label of letters, digits and `_`' }).refine((name) => !OWN_LABELS.includes(name), { error: `another label than ${OWN_LABELS.map((name) => `\`${name}\``).join(', ')}` }), text('Its value.', 'web'))
    .meta({ description: 'Labels of each alert, for your routes, beside our own.', examples: [{ team: 'web' }] }).optional(),
}, like('{ url: https://alerts.shop.example }')).refine((value) => value.basic === undefined || value.bearer === undefined, { error: '`basic` or `bearer`, not both' })
  .meta({ description: 'Alerts for an Alertmanager (API v2).', examples: [{ url: 'https://alerts.shop.example', labels: { team: 'web' } }] })

const webhook = z.strictObject({
  url: address('Where notices are posted to, as JSON.', '${env:OPS_WEBHOOK}'),
  secret: text('Key of the signature; always by `${env:NAME}`.', '${env:OPS_WEBHOOK_SECRET}').optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, { error: 'the name of a header' }), text('Its value.', '${env:OPS_TOKEN}')).meta({ description: 'Headers of each request.', examples: [{ Authorization: '${env:OPS_TOKEN}' }] }).optional(),
}, like('{ url: "${env:OPS_WEBHOOK}", secret: "${env:OPS_WEBHOOK_SECRET}" }')).meta({ description: 'Any service that takes JSON.', examples: [{ url: '${env:OPS_WEBHOOK}', secret: '${env:OPS_WEBHOOK_SECRET}' }] })

const issue = z.strictObject({
  labels: z.array(text('A label.', 'incident')).meta({ description: 'Labels of the issue.', default: ['ecluse'], examples: [['incident']] }).optional(),
  assignees: z.array(text('A login.', 'octocat')).meta({ description: 'Who it is given to.', examples: [['octocat']] }).optional(),
}, like('{ labels: [incident] }')).nullable().meta({ description: 'An issue in the repository for what goes wrong, closed when it is over.', examples: [{ labels: ['incident'] }] })

/** Channels by name. They stand side by side: each that is named is told. */
export const channelsSchema = z.strictObject({
  slack: slack.optional(), email: email.optional(), teams: teams.optional(), alertmanager: alertmanager.optional(), webhook: webhook.optional(), 'github-issue': issue.optional(),
}, like('{ slack: { channel: "#deploys" } }')).meta({ description: 'Channels that people read.', examples: [{ slack: { channel: '#deploys' } }] })

export type ChannelsFile = z.output<typeof channelsSchema>
type Variables = Readonly<Record<string, string | undefined>>

/** What was written, and the defaults; `env` has what the file leaves to the job's variables. In the order of `channelNames`. */
export function channelsOf(file: ChannelsFile | undefined, env: Variables = {}): readonly ChannelOptions[] {
  if (file === undefined) return []
  return [
    ...(file.slack === undefined ? [] : [slackOf(file.slack, env)]),
    ...(file.email === undefined ? [] : [emailOf(file.email, env)]),
    ...(file.teams === undefined ? [] : [{ name: 'teams', webhook: file.teams.webhook } as const]),
    ...(file.alertmanager === undefined ? [] : [alertmanagerOf(file.alertmanager)]),
    ...(file.webhook === undefined ? [] : [webhookOf(file.webhook)]),
    ...(file['github-issue'] === undefined ? [] : [issueOf(file['github-issue'])]),
  ]
}

function slackOf({ channel, token, webhook: hook, mention = [], api = 'https://slack.com/api' }: z.output<typeof slack>, env: Variables): SlackOptions {
  const found = hook === undefined ? (token ?? env['SLACK_BOT_TOKEN']) : undefined
  return {
    name: 'slack', mention, api,
    ...(channel === undefined ? {} : { channel }), ...(found === undefined || found === '' ? {} : { token: found }), ...(hook === undefined ? {} : { webhook: hook }),
  }
}

const USUAL_PORTS: Readonly<Record<EmailOptions['security'], number>> = { starttls: 587, tls: 465, none: 25 }

function emailOf(written: z.output<typeof email>, env: Variables): EmailOptions {
  const file: z.output<typeof mailServer> = typeof written === 'string' || Array.isArray(written) ? { to: written } : written
  const found = (own: string | undefined, variable: string): string | undefined => own ?? (env[variable] === '' ? undefined : env[variable])
  const security = file.security ?? (file.port === USUAL_PORTS.tls ? 'tls' : 'starttls')
  const user = found(file.user, 'SMTP_USER')
  const password = found(file.password, 'SMTP_PASSWORD')
  return {
    name: 'email', security, port: file.port ?? USUAL_PORTS[security],
    to: typeof file.to === 'string' ? [file.to] : file.to,
    from: found(file.from, 'SMTP_FROM') ?? (user?.includes('@') === true ? user : ''),
    host: found(file.host, 'SMTP_HOST') ?? '',
    ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }), ...(file.ca === undefined ? {} : { ca: file.ca }),
  }
}

function alertmanagerOf({ url, basic, bearer, labels = {} }: z.output<typeof alertmanager>): AlertmanagerOptions {
  return { name: 'alertmanager', url, labels, ...(basic === undefined ? {} : { basic }), ...(bearer === undefined ? {} : { bearer }) }
}

function webhookOf({ url, secret, headers = {} }: z.output<typeof webhook>): WebhookOptions {
  return { name: 'webhook', url, headers, ...(secret === undefined ? {} : { secret }) }
}

function issueOf(file: z.output<typeof issue>): IssueOptions {
  return { name: 'github-issue', labels: file?.labels ?? ['ecluse'], assignees: file?.assignees ?? [] }
}
