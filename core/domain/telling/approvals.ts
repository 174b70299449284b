import { readableDuration } from '../duration.js'
import type { News, Told } from './told.js'

/** A run that waits for somebody's word before it may enter an environment. */
export interface WaitingApproval {
  readonly id: string
  readonly title: string
  readonly actor: string
  readonly createdAt: number
  readonly url: string
}

/** Approvals that wait for longer than they should, and the end of those that do no longer. */
export function approvalNews(waiting: readonly WaitingApproval[], threads: readonly Told[], at: { readonly app: string; readonly environment: string; readonly longerThanMs: number; readonly now: number }): readonly News[] {
  const { app, environment, longerThanMs, now } = at
  // Each is a topic of its own: that one was answered ends no other.
  const ours = `approval:${environment}:`
  const key = (id: string): string => `${ours}${id}`
  const late = waiting.filter(({ createdAt }) => now - createdAt > longerThanMs).filter(({ id }) => !threads.some(({ id: thread }) => thread === key(id)))
  const there = new Set(waiting.map(({ id }) => key(id)))
  const gone = threads.filter(({ id, topic, notice }) => topic.startsWith(ours) && notice.state === 'waiting' && !there.has(id))
  return [
    ...late.map(({ id, title, actor, createdAt, url }): News => ({
      topic: key(id),
      notice: {
        key: key(id), app, environment, severity: 'warning', state: 'waiting', title: `An approval for ${environment} waits`, link: url, at: now,
        text: `"${title}" began ${readableDuration(now - createdAt)} ago, and waits for somebody who lets it in.`,
        facts: [['Run', `${id} by ${actor}`], ['Since', new Date(createdAt).toISOString()]],
      },
    })),
    ...gone.map(({ topic, notice }): News => ({ topic, notice: { ...notice, severity: 'info', state: 'succeeded', title: `An approval for ${environment} waits no longer`, text: 'It was answered, or its run is over.', at: now } })),
  ]
}
