import type { ChannelOptions } from '../channels.js'
import { severities, type Severity } from '../notice.js'

/** One way to reach people, and from which severity on it is used. */
export interface Channel {
  /** Stable name of it in this environment, under which its messages are kept: `slack`, `escalate.1.email`. */
  readonly id: string
  readonly options: ChannelOptions
  readonly least: Severity
}

/** Who is told when nobody has acknowledged a failure for so long. */
export interface Escalation {
  readonly afterMs: number
  readonly least: Severity
  readonly to: readonly Channel[]
}

/** A channel that can't be used here: nobody set the variables that its secrets are in. */
export interface LackingChannel {
  readonly channel: string
  readonly variables: readonly string[]
}

/** Whom an environment tells of what. */
export interface NotifyPolicy {
  readonly channels: readonly Channel[]
  readonly escalations: readonly Escalation[]
  /** What fails again within so long is one message that counts. */
  readonly digestMs: number
  /** An approval that waits longer is told of. */
  readonly approvalMs: number
  readonly lacking: readonly LackingChannel[]
}

/** Channels whose messages are edited, or go to programs, hear of everything; an e-mail or an alert for each start would soon be read by nobody. */
export const usualLeast: Readonly<Record<ChannelOptions['name'], Severity>> = {
  slack: 'info', teams: 'info', webhook: 'info', email: 'warning', alertmanager: 'warning', 'github-issue': 'warning',
}

export function atLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least)
}

/** Whether a channel is one of those that are told later. */
export function isEscalated(id: string): boolean {
  return id.startsWith('escalate.')
}

/** Every channel, those of escalations last. */
export function allChannels({ channels, escalations }: NotifyPolicy): readonly Channel[] {
  return [...channels, ...escalations.flatMap(({ to }) => to)]
}

/** Who hears of it at once. */
export function routed({ channels }: NotifyPolicy, severity: Severity): readonly Channel[] {
  return channels.filter(({ least }) => atLeast(severity, least))
}

/** Who is used in the place of channels that can't be reached: the first that was not tried. What is `info` waits for nobody. */
export function nextChannel(policy: NotifyPolicy, severity: Severity, tried: ReadonlySet<string>): Channel | undefined {
  return severity === 'info' ? undefined : allChannels(policy).find(({ id }) => !tried.has(id))
}
