import type { ComplaintsOptions } from '../domain/complaints.js'
import type { Ambient } from '../ports/ambient.js'
import type { Trigger } from '../ports/trigger.js'
import { givenGitHub, openGitHub } from './registry.js'

type Source = ComplaintsOptions['source']

/** What counts complaints of users; like the other registries, each driver loads when it is first opened. */
const complaints = {
  'github-issues': async (source, moreThan, ambient) => {
    const { issueComplaints } = await import('./triggers/github-issues/index.js')
    return issueComplaints({ ...source, moreThan }, await openGitHub(ambient), ambient)
  },
  sentry: async (source, moreThan, ambient) => {
    ambient.mask(source.token)
    const { sentryComplaints } = await import('./triggers/sentry/index.js')
    return sentryComplaints({ ...source, moreThan }, ambient)
  },
  counter: async (source, moreThan, ambient) => {
    if (source.bearer !== undefined) ambient.mask(source.bearer)
    const { counterComplaints } = await import('./triggers/counter/index.js')
    return counterComplaints({ ...source, moreThan }, ambient)
  },
} satisfies { readonly [N in Source['name']]: (source: Extract<Source, { name: N }>, moreThan: number, ambient: Ambient) => Promise<Trigger> }

/** Throws `InputError` `github-unset` while nothing has begun. */
export function assertComplaints({ source }: ComplaintsOptions, ambient: Ambient): void {
  if (source.name === 'github-issues') givenGitHub(ambient)
}

/** The trigger `user-complaints`. */
export function openComplaints({ source, moreThan }: ComplaintsOptions, ambient: Ambient): Promise<Trigger> {
  if (source.name === 'sentry') return complaints.sentry(source, moreThan, ambient)
  return source.name === 'counter' ? complaints.counter(source, moreThan, ambient) : complaints['github-issues'](source, moreThan, ambient)
}
