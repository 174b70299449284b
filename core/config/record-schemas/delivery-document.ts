import { z } from 'zod'
import type { DeliveryDocument } from '../../domain/delivery-document.js'
import { deliveryKinds, verbs } from '../../domain/history.js'
import { sloNames } from '../../domain/slo.js'
import { noDataCauses } from '../../domain/sample.js'
import { moment, said } from './words.js'

export const release = z.object({
  app: z.string(),
  version: z.string(),
  commit: said('Full commit id of the source; empty when it is not known.'),
  images: z.record(z.string(), z.string()).meta({ description: 'One image per component, each pinned by digest.' }),
  serving: said('The component that takes traffic.'),
  settings: z.record(z.string(), z.string()).meta({ description: 'Non-secret settings that it runs with.' }),
  settingsHash: said('SHA-256 (hex) of the settings.'),
}).meta({ id: 'release', description: 'An immutable thing that can run.' })

const run = z.object({
  id: z.string(), attempt: z.number(), actor: z.string(), workflow: z.string(), job: z.string(), url: z.string(), host: z.string(), pid: z.number(), started: z.string(),
}).meta({ description: 'The workflow run, or the terminal, that did it.' })

export const intent = z.object({
  kind: z.enum(deliveryKinds),
  release,
  previous: release.exactOptional(),
  plan: z.array(z.string()),
  requestedAt: moment('When it was asked for, before any waiting.'),
  run,
  receipt: said('Id of the receipt of the backup taken for it.').exactOptional(),
  because: z.string().meta({ description: 'Why a rollback was asked for, in the words of whoever did, or of the watch that found it.' }).exactOptional(),
  overruled: z.object({ reason: z.string(), what: z.array(z.string()) }).meta({ description: 'What would have kept it from beginning, and why somebody went on.' }).exactOptional(),
}).meta({ description: 'What it was about to do, recorded before the first change.' })

const event = z.union([
  z.object({ type: z.literal('doing'), at: moment('When.'), verb: z.enum(verbs), weight: z.number().exactOptional(), detail: z.string().exactOptional() }),
  z.object({ type: z.literal('verdict'), at: moment('When.'), weight: z.number(), decision: z.string(), lean: z.string(), requests: z.number(), errors: z.number(), detail: z.string() }),
  z.object({ type: z.literal('observed'), at: moment('When.'), detail: z.string() }),
]).meta({ description: 'What was about to happen, what the judge said, what was seen.' })

const result = z.object({
  at: moment('When it ended.'),
  ok: z.boolean(),
  reason: said("One of the codes on the action's page, or of healing."),
  message: z.string(),
  live: release.exactOptional(),
  bad: release.exactOptional(),
  schema: z.object({ before: z.string(), after: z.string() }).meta({ description: "The database schema's revision around it." }).exactOptional(),
  record: z.object({ sha256: z.string(), link: z.string() }).exactOptional(),
}).meta({ description: 'How it ended, and which release was observed to serve then.' })

const arm = z.object({ identity: z.string(), requests: z.number(), errors: z.number(), slow: z.number().exactOptional(), business: z.record(z.string(), z.object({ of: z.number(), events: z.number() })).meta({ description: 'Events that the user named, and what each of them is one of.' }).exactOptional() }).meta({ id: 'arm', description: 'Counters since some start: only differences mean something.' })

const missing = z.array(z.object({ name: z.string(), cause: z.enum(noDataCauses), detail: z.string() })).meta({ description: 'What the user named and the source did not have.' })
const sample = z.union([
  z.object({ kind: z.literal('sample'), at: moment('When.'), stable: arm.exactOptional(), candidate: arm, synthetic: z.literal(true).exactOptional().meta({ description: 'These were requests of our own; no user was asked.' }), missing: missing.exactOptional() }),
  z.object({ kind: z.literal('no-data'), at: moment('When.'), cause: z.enum(noDataCauses), detail: z.string() }),
])

export const deliveryDocumentSchema = z.object({
  v: z.literal(1),
  delivery: z.object({ id: z.string(), environment: z.string(), begunAt: moment('When it began.'), fence: z.number(), intent, events: z.array(event), result }),
  steps: z.array(z.object({ name: z.string(), startedAt: moment('When.'), ms: z.number() })).meta({ description: 'How long each part took.' }),
  approvals: z.array(z.object({ by: z.string(), state: z.enum(['approved', 'rejected']), comment: z.string(), at: moment('When it was seen.') })).meta({ description: 'Who let it in.' }),
  polls: z.array(z.object({ weight: z.number(), sample, decision: z.string().exactOptional(), lean: z.string().exactOptional() })).meta({ description: 'Every poll of the judge.' }),
  budgets: z.array(z.object({ name: z.enum(sloNames), spent: z.number().meta({ description: 'Fraction of the whole error budget of 30 days.' }), left: z.number().meta({ description: 'What was left of it before.' }) })).meta({ description: 'What its requests on trial used of the error budgets.' }).exactOptional(),
}).meta({ title: 'delivery document', description: 'The full record of one finished delivery.' }) satisfies z.ZodType<DeliveryDocument>
