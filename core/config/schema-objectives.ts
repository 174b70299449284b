import { z } from 'zod'
import type { Objectives } from '../domain/objectives.js'
import { duration, milliseconds } from './words.js'

export const objectivesSchema = z.strictObject({
  rpo: duration('How old the data in the newest verified backup may be: what would be lost at worst.', '24h').optional(),
  rto: duration('How long going back may take.', '4h').optional(),
}, { error: 'a mapping, such as `{ rpo: 24h, rto: 4h }`' }).meta({ description: 'What the dashboard measures backups and rollbacks against.', examples: [{ rpo: '24h', rto: '4h' }] })

export function objectivesOf(file: z.infer<typeof objectivesSchema> | undefined): Objectives {
  return { rpoMs: milliseconds(file?.rpo ?? '24h'), rtoMs: milliseconds(file?.rto ?? '4h') }
}
