import { secretsIn } from '../domain/channel-secrets.js'
import type { ChannelName, ChannelOptions } from '../domain/channels.js'
import type { Ambient } from '../ports/ambient.js'
import type { GitHub } from '../ports/github.js'
import type { Notifier } from '../ports/notifier.js'
import { openGitHub as openUsualGitHub } from './registry.js'

/** What people are told by; like the other registries, each driver loads when it is first opened. */
type OpenGitHub = (ambient: Ambient) => Promise<GitHub>

const notifiers = {
  slack: async (options, ambient) => {
    const { slackNotifier } = await import('./notifiers/slack/index.js')
    return slackNotifier(options, ambient)
  },
  email: async (options, ambient) => {
    const { emailNotifier } = await import('./notifiers/email/index.js')
    return emailNotifier(options, ambient)
  },
  teams: async (options, ambient) => {
    const { teamsNotifier } = await import('./notifiers/teams/index.js')
    return teamsNotifier(options, ambient)
  },
  alertmanager: async (options, ambient) => {
    const { alertmanagerNotifier } = await import('./notifiers/alertmanager/index.js')
    return alertmanagerNotifier(options, ambient)
  },
  webhook: async (options, ambient) => {
    const { webhookNotifier } = await import('./notifiers/webhook/index.js')
    return webhookNotifier(options, ambient)
  },
  'github-issue': async (options, ambient, openGitHub) => {
    const { issueNotifier } = await import('./notifiers/github-issue/index.js')
    return issueNotifier(options, await openGitHub(ambient))
  },
} satisfies { readonly [N in ChannelName]: (options: Extract<ChannelOptions, { name: N }>, ambient: Ambient, openGitHub: OpenGitHub) => Promise<Notifier> }

/** Nothing is asked of the channel yet. Rejects where issues are opened and no token for GitHub is given. */
export async function openNotifier(options: ChannelOptions, ambient: Ambient, openGitHub: OpenGitHub = openUsualGitHub): Promise<Notifier> {
  for (const secret of secretsIn(options)) ambient.mask(secret)
  switch (options.name) {
    case 'slack':
      return notifiers.slack(options, ambient)
    case 'email':
      return notifiers.email(options, ambient)
    case 'teams':
      return notifiers.teams(options, ambient)
    case 'alertmanager':
      return notifiers.alertmanager(options, ambient)
    case 'webhook':
      return notifiers.webhook(options, ambient)
    default:
      return notifiers['github-issue'](options, ambient, openGitHub)
  }
}
