import { complaintsFound, momentOf, type ComplaintSentry } from '../../../domain/complaints.js'
import { EcluseError, InputError, mayPass, messageOf, RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Trigger } from '../../../ports/trigger.js'
import { countIn } from './counts.js'

export interface SentryGiven extends ComplaintSentry {
  readonly moreThan: number
}

const EVERY_MS = 30_000
/** Several pages may be asked for. */
const WITHIN_MS = 60_000

const NAMES: Readonly<Record<ComplaintSentry['count'], readonly [one: string, many: string]>> = {
  'new-issues': ['new issue', 'new issues'], errors: ['error', 'errors'], feedback: ['piece of feedback', 'pieces of feedback'],
}

/** What Sentry has of the release since it got its first traffic. */
export function sentryComplaints({ moreThan, ...given }: SentryGiven, ambient: Ambient): Trigger {
  let silentUntil = 0
  return {
    name: 'user-complaints',
    everyMs: EVERY_MS,
    withinMs: WITHIN_MS,
    preflight: async () => {
      try {
        // The release need not be known there yet: the question is whether it can be asked for.
        await countIn(given, { version: 'preflight', since: ambient.clock.now() - 60_000 }, 0, ambient)
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        const fix = thrown instanceof EcluseError ? { fix: thrown.fix } : {}
        throw new InputError([{ code: 'trigger-unusable', message: `Complaints of users can't be counted: ${messageOf(thrown)}`, ...fix }], { passing: mayPass(thrown) })
      }
    },
    look: async (suspect) => {
      const now = ambient.clock.now()
      if (now < silentUntil) return { kind: 'no-data', detail: `Sentry was asked too often; it listens again at ${momentOf(silentUntil)}` }
      try {
        const found = await countIn(given, suspect, moreThan, ambient)
        return complaintsFound(found, moreThan, `${found} ${NAMES[given.count][found === 1 ? 0 : 1]} of ${given.release.replaceAll('{version}', suspect.version)} in Sentry since ${momentOf(suspect.since)}`)
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        if (thrown instanceof RemoteError && thrown.retryAfterMs !== undefined) silentUntil = now + thrown.retryAfterMs
        return { kind: 'no-data', detail: messageOf(thrown) }
      }
    },
  }
}
