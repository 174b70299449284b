import { z } from 'zod'
import type { FourEyes } from '../domain/four-eyes.js'
import { duration, milliseconds } from './words.js'

export const fourEyesSchema = z.strictObject({
  'older-than': duration('A rollback to a release that last served longer ago than this, and is named by `to`, needs a second person.'),
}).meta({ description: 'When a rollback is not for one person to decide.', examples: [{ 'older-than': '30d' }] })

export function fourEyesOf(file: z.infer<typeof fourEyesSchema>): FourEyes {
  return { olderThanMs: milliseconds(file['older-than']) }
}
