import { z } from 'zod'
import type { DeliveriesExport } from '../../domain/dashboard/exports/json.js'
import { deliveryKinds } from '../../domain/history.js'
import { maybe, moment, said } from './words.js'

const figures = z.object({
  from: moment('Begin of the span.'),
  to: moment('End of the span.'),
  deliveries: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  rollbacks: z.number(),
  successRate: maybe('0 to 1.'),
  rollbackRate: maybe('0 to 1.'),
  duration: z.object({ median: maybe('Milliseconds.'), p95: maybe('Milliseconds.') }),
  dora: z.object({ deploymentFrequency: maybe('A day.'), leadTime: maybe('Milliseconds.'), changeFailureRate: maybe('0 to 1.'), timeToRestore: maybe('Milliseconds.') }),
  trend: z.array(z.object({ week: moment('Monday, 00:00 UTC.'), deliveries: z.number(), succeeded: z.number(), rollbacks: z.number(), medianMs: maybe('Milliseconds.') })),
}).meta({ id: 'figures', description: 'What is counted, and how, is in `definitions`.' })

const row = z.object({
  id: z.string(),
  environment: z.string(),
  kind: z.enum(deliveryKinds),
  version: z.string(),
  commit: z.string(),
  from: said('Version that it left; absent when nothing served before.').exactOptional(),
  by: z.string(),
  begunAt: moment('When it began.'),
  endedAt: moment('When it ended; absent while it is on its way.').exactOptional(),
  ok: z.boolean().exactOptional(),
  reason: z.string().exactOptional(),
  run: z.string(),
  runUrl: z.string(),
})

const panel = z.object({
  name: z.string(),
  production: z.boolean().exactOptional(),
  live: z.object({ version: z.string(), commit: z.string(), image: z.string(), since: moment('Since when.'), delivery: z.string(), by: z.string() }).exactOptional(),
  inFlight: z.object({
    delivery: z.string(), version: z.string(), kind: z.enum(deliveryKinds), since: moment('Since when.'), by: z.string(), weight: z.number().exactOptional(), leftBehind: z.boolean().exactOptional(),
  }).exactOptional(),
  wayBack: z.object({ version: z.string(), delivery: z.string() }).exactOptional(),
  objectives: z.object({
    rpo: z.object({ limitMs: z.number(), newestVerifiedAt: moment('Of the data in it.').exactOptional(), ok: z.boolean(), receipt: z.string().exactOptional() }).exactOptional(),
    rto: z.object({ limitMs: z.number(), worstMs: z.number().exactOptional(), ok: z.boolean() }).exactOptional(),
  }),
  figures,
})

export const deliveriesSchema = z.object({
  v: z.literal(1),
  app: z.string(),
  repository: z.string().exactOptional(),
  generatedAt: moment('When the record was read.'),
  environments: z.array(panel),
  deliveries: z.array(row).meta({ description: 'Newest first.' }),
  figures,
  definitions: z.array(z.object({ term: z.string(), meaning: z.string() })),
  gaps: z.array(z.string()).meta({ description: 'What could not be read.' }),
}).meta({ title: 'deliveries.json', description: 'The record of deliveries as publish-dashboard exports it.' }) satisfies z.ZodType<DeliveriesExport>
