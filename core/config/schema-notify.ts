import { z } from 'zod'
import { channelNames, type ChannelName } from '../domain/channels.js'
import { severities } from '../domain/notice.js'
import { usualLeast, type Channel, type LackingChannel, type NotifyPolicy } from '../domain/telling/policy.js'
import type { Problem } from '../errors/families.js'
import { channelProblems, variablesLacking } from './channel-problems.js'
import { isMapping } from './extends.js'
import type { Places } from './problems.js'
import { channelsOf, channelsSchema } from './schema-channels.js'
import { unreadIn } from './unread.js'
import { choice, duration, milliseconds } from './words.js'

const fromOn = (name: ChannelName) => choice('From this severity on it is told.', severities, usualLeast[name]).optional()

const when = z.strictObject({
  slack: fromOn('slack'), email: fromOn('email'), teams: fromOn('teams'), alertmanager: fromOn('alertmanager'), webhook: fromOn('webhook'), 'github-issue': fromOn('github-issue'),
}, { error: 'a mapping, such as `{ slack: info, email: critical }`' }).meta({ description: 'From which severity on each channel is told: `info`, `warning` (somebody should look today) or `critical` (now).', examples: [{ slack: 'info', email: 'critical' }] })

const escalate = z.strictObject({
  after: duration('A failure that nobody has acknowledged for so long is escalated, by whichever run comes next.', '15m').optional(),
  to: channelsSchema.meta({ description: 'The channels that are told then, as they are named above.', examples: [{ webhook: { url: 'https://pager.example/ecluse' } }] }),
  when: choice('From which severity on failures are escalated.', severities, 'warning').optional(),
}, { error: 'a mapping, such as `{ after: 10m, to: { … } }`' }).meta({ description: 'Whom a failure goes to that nobody has acknowledged.', examples: [{ after: '10m', to: { webhook: { url: 'https://pager.example/ecluse' } } }] })

export const notifySchema = z.strictObject({
  ...channelsSchema.shape,
  when: when.optional(),
  escalate: escalate.optional(),
  digest: duration('What fails again within so long is one message that counts.', '1h').optional(),
  'approval-after': duration('An approval that waits longer is told of, by `reconcile`.', '1h').optional(),
}, { error: 'a mapping of channels' }).meta({ description: 'Whom to tell of deliveries, backups and what failed, and how.', examples: [{ webhook: { url: 'https://hooks.example/ecluse' }, digest: '30m' }] })

type NotifyFile = z.infer<typeof notifySchema>

/** What was written, and the defaults; `env` has what the file leaves to the job's variables. */
export function notifyOf(file: NotifyFile, env: Readonly<Record<string, string>>): NotifyPolicy {
  const { when: said, escalate: then } = file
  const channels = channelsOf(file, env).map((options) => ({ id: options.name, options, least: said?.[options.name] ?? usualLeast[options.name] }))
  const later = channelsOf(then?.to, env).map((options) => ({ id: `escalate.${options.name}`, options, least: then?.when ?? 'warning' }))
  const isComplete = ({ options }: Channel): boolean => variablesLacking(options).length === 0
  return {
    channels: channels.filter(isComplete),
    escalations: then === undefined ? [] : [{ afterMs: milliseconds(then.after ?? '15m'), least: then.when ?? 'warning', to: later.filter(isComplete) }],
    digestMs: milliseconds(file.digest ?? '1h'),
    approvalMs: milliseconds(file['approval-after'] ?? '1h'),
    lacking: [...channels, ...later].filter((one) => !isComplete(one)).map(({ id, options }) => ({ channel: id, variables: variablesLacking(options) })),
  }
}

/** What is wrong with a channel whatever the job's variables are. */
export function notifyProblems(file: NotifyFile | undefined, env: Readonly<Record<string, string>>, places: Places): readonly Problem[] {
  return [...channelProblems(channelsOf(file, env), places, ['notify']), ...channelProblems(channelsOf(file?.escalate?.to, env), places, ['notify', 'escalate', 'to'])]
}

/**
 * An environment without the channels whose variables are not set here: nobody's rollback waits for the password of a mail server. They are
 * told of where they would have been used.
 */
export function withoutLacking(environment: unknown): { readonly value: unknown; readonly lacking: readonly LackingChannel[] } {
  if (!isMapping(environment) || !isMapping(environment['notify'])) return { value: environment, lacking: [] }
  const { notify } = environment
  const top = usable(notify, '')
  const { escalate: then } = notify
  const below = isMapping(then) && isMapping(then['to']) ? usable(then['to'], 'escalate.') : undefined
  const escalation = below === undefined ? {} : { escalate: { ...(isMapping(then) ? then : {}), to: below.value } }
  return { value: { ...environment, notify: { ...top.value, ...escalation } }, lacking: [...top.lacking, ...(below?.lacking ?? [])] }
}

function usable(channels: Readonly<Record<string, unknown>>, prefix: string): { readonly value: Readonly<Record<string, unknown>>; readonly lacking: readonly LackingChannel[] } {
  const lacking = channelNames.flatMap((name): readonly LackingChannel[] => {
    const variables = unreadIn(channels[name])
    return variables.length === 0 ? [] : [{ channel: `${prefix}${name}`, variables }]
  })
  const gone = new Set(lacking.map(({ channel }) => channel.slice(prefix.length)))
  return { value: Object.fromEntries(Object.entries(channels).filter(([name]) => !gone.has(name))), lacking }
}
