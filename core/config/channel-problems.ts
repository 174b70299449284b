import type { ChannelOptions, EmailOptions } from '../domain/channels.js'
import type { Problem } from '../errors/families.js'
import type { KeyPath } from './document.js'
import type { Places } from './problems.js'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

/** What the shape of the file can't say: what neither it nor the job's variables name, and passwords in the clear. `path`: where the channels stand. */
export function channelProblems(channels: readonly ChannelOptions[], places: Places, path: KeyPath): readonly Problem[] {
  return channels.flatMap((channel) => {
    const at: KeyPath = [...path, channel.name]
    const problem = (observed: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(at)}: \`${places.name(at)}\` ${observed}.`, fix })
    if (channel.name === 'email') return mailProblems(channel, problem)
    if (channel.name !== 'slack' || channel.webhook !== undefined) return []
    return [
      ...(channel.token === undefined ? [problem('has no token, and `SLACK_BOT_TOKEN` is not set', "Write `token: ${env:NAME}`, or set `SLACK_BOT_TOKEN` in the `env:` of the step; a `webhook` does without.")] : []),
      ...(channel.channel === undefined ? [problem('does not say which channel', 'Add `channel`, such as `channel: "#deploys"`.')] : []),
    ]
  })
}

function mailProblems({ host, from, user, password, security }: EmailOptions, problem: (observed: string, fix: string) => Problem): readonly Problem[] {
  return [
    ...(host === '' ? [problem('names no server, and `SMTP_HOST` is not set', 'Add `host`, or set `SMTP_HOST` in the `env:` of the step.')] : []),
    ...(from === '' ? [problem('does not say whom its mails come from', 'Add `from`, or set `SMTP_FROM` in the `env:` of the step.')] : []),
    ...((user === undefined) === (password === undefined) ? [] : [problem(user === undefined ? 'has a password without a `user`' : 'has a `user` without a password', 'Give both (`SMTP_USER`, `SMTP_PASSWORD`), or neither.')]),
    ...(security === 'none' && password !== undefined && !LOOPBACK.test(host) ? [problem('would send its password in the clear', 'Take `security: none` out, or the password.')] : []),
  ]
}
