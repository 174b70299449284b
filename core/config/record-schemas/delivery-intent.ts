import { z } from 'zod'
import { intent, release } from './delivery-document.js'
import { moment, said } from './words.js'

const named = z.union([
  z.object({ of: said('Id of a delivery before.'), as: z.enum(['release', 'previous']) }),
  z.object({ is: release }),
]).meta({ description: 'A release: the one that a delivery was of, or the one that it left, or itself.' })

const known = z.object({
  id: z.string(),
  at: moment('When it ended.'),
  ok: z.boolean(),
  reason: z.string(),
  message: said('Its beginning.'),
  live: named.exactOptional(),
  bad: named.exactOptional(),
  schema: z.object({ before: z.string(), after: z.string() }).exactOptional(),
  record: z.object({ sha256: z.string(), link: z.string() }).exactOptional(),
  active: z.boolean().meta({ description: 'GitHub showed its deployment as the active one.' }),
})

/** What the GitHub ledger writes into a deployment when a delivery begins; nobody can change it after that. */
export const deliveryIntentSchema = z.object({
  ecluse: z.literal(1).meta({ description: 'The form of the payload.' }),
  nonce: said('Tells a creation that was carried out twice from two.'),
  fence: z.number().meta({ description: 'Number of the lease under which it began.' }),
  begunAt: moment('When it began.'),
  intent,
  known: z.array(known).meta({ description: 'How deliveries before it ended, oldest first.' }),
  of: said('Id of the deployment that GitHub made for it, when that was adopted: the delivery has its id and its statuses.').exactOptional(),
}).meta({ title: 'delivery intent', description: 'Payload of a deployment of task `ecluse:delivery`.' })
