import { z } from 'zod'
import type { ChannelOptions } from '../domain/channels.js'
import { text } from './words.js'

// Stands in for the channels' own schema, of the same names: that one takes its place when both are merged.
export const channelsSchema = z.strictObject({
  slack: z.strictObject({ channel: text('The channel.', '#deploys').optional(), token: text('Token of the bot.', '${env:SLACK_TOKEN}').optional() }).meta({ description: 'Slack.', examples: [{ channel: '#deploys' }] }).optional(),
  email: text('Who gets mail.', 'oncall@shop.example').optional(),
  webhook: z.strictObject({ url: text('Address.', 'https://hooks.example/ecluse') }).meta({ description: 'Any service that takes JSON.', examples: [{ url: 'https://hooks.example/ecluse' }] }).optional(),
})

export function channelsOf({ slack, email, webhook }: z.infer<typeof channelsSchema>, env: Readonly<Record<string, string>>): readonly ChannelOptions[] {
  return [
    ...(slack === undefined ? [] : [{ name: 'slack' as const, mention: [], api: 'https://slack.com/api', ...(slack.channel === undefined ? {} : { channel: slack.channel }), ...(slack.token === undefined ? {} : { token: slack.token }) }]),
    ...(email === undefined ? [] : [{ name: 'email' as const, to: [email], from: email, host: env['SMTP_HOST'] ?? 'localhost', port: 25, security: 'starttls' as const }]),
    ...(webhook === undefined ? [] : [{ name: 'webhook' as const, url: webhook.url, headers: {} }]),
  ]
}
