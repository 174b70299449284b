import type { ChannelOptions, EmailOptions } from '../domain/channels.js'
import type { Problem } from '../errors/families.js'
import type { KeyPath } from './document.js'
import type { Places } from './problems.js'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

/** Variables that the file leaves to the job and the job does not set: without them a channel can't be used. */
export function variablesLacking(channel: ChannelOptions): readonly string[] {
  if (channel.name === 'slack') return channel.webhook === undefined && channel.token === undefined ? ['SLACK_BOT_TOKEN'] : []
  if (channel.name !== 'email') return []
  const { host, from, user, password } = channel
  return [
    ...(host === '' ? ['SMTP_HOST'] : []),
    ...(from === '' ? ['SMTP_FROM'] : []),
    ...(user === undefined && password !== undefined ? ['SMTP_USER'] : []),
    ...(user !== undefined && password === undefined ? ['SMTP_PASSWORD'] : []),
  ]
}

/** What the shape of the file can't say, and no variable would set right. `path`: where the channels stand. */
export function channelProblems(channels: readonly ChannelOptions[], places: Places, path: KeyPath): readonly Problem[] {
  return channels.flatMap((channel) => {
    const at: KeyPath = [...path, channel.name]
    const problem = (observed: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(at)}: \`${places.name(at)}\` ${observed}.`, fix })
    if (channel.name === 'email') return mailProblems(channel, problem)
    if (channel.name !== 'slack' || channel.webhook !== undefined || channel.channel !== undefined) return []
    return [problem('does not say which channel', 'Add `channel`, such as `channel: "#deploys"`.')]
  })
}

function mailProblems({ host, password, security }: EmailOptions, problem: (observed: string, fix: string) => Problem): readonly Problem[] {
  return security === 'none' && password !== undefined && host !== '' && !LOOPBACK.test(host) ? [problem('would send its password in the clear', 'Take `security: none` out, or the password.')] : []
}
