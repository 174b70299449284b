/** The channels that people are told by, as settled from `ecluse.yml`. */

interface Named<N extends string> {
  readonly name: N
}

/** With `token` a bot's message that is edited, with a thread; with `webhook` messages only. One of them. */
export interface SlackOptions extends Named<'slack'> {
  /** `#deploys` or the id of a channel; of a webhook it is fixed. */
  readonly channel?: string
  readonly token?: string
  readonly webhook?: string
  /** Who is woken by a failure: `here`, or ids of users and user groups. */
  readonly mention: readonly string[]
  /** Address of the API, for Slack of governments. */
  readonly api: string
}

export interface EmailOptions extends Named<'email'> {
  readonly to: readonly string[]
  readonly from: string
  readonly host: string
  readonly port: number
  /** `starttls`: refuses to send where the server does not offer it. */
  readonly security: 'starttls' | 'tls' | 'none'
  readonly user?: string
  readonly password?: string
  /** PEM certificates that the server may be vouched for by. */
  readonly ca?: string
}

export interface TeamsOptions extends Named<'teams'> {
  readonly webhook: string
}

/** API v2. */
export interface AlertmanagerOptions extends Named<'alertmanager'> {
  readonly url: string
  readonly basic?: { readonly user: string; readonly password: string }
  readonly bearer?: string
  /** Labels of every alert, beside ours. */
  readonly labels: Readonly<Record<string, string>>
}

/** Any service that takes JSON. */
export interface WebhookOptions extends Named<'webhook'> {
  readonly url: string
  /** Key of the HMAC-SHA256 signature. */
  readonly secret?: string
  readonly headers: Readonly<Record<string, string>>
}

export interface IssueOptions extends Named<'github-issue'> {
  readonly labels: readonly string[]
  readonly assignees: readonly string[]
}

export type ChannelOptions = SlackOptions | EmailOptions | TeamsOptions | AlertmanagerOptions | WebhookOptions | IssueOptions
export const channelNames = ['slack', 'email', 'teams', 'alertmanager', 'webhook', 'github-issue'] as const satisfies readonly ChannelOptions['name'][]
export type ChannelName = ChannelOptions['name']
