import { z } from 'zod'
import { failActions, type WatchPolicy } from '../domain/watch-facts.js'
import { choice, duration, milliseconds } from './words.js'

const span = duration('How long a release is watched after it got all traffic.')

export const watchSchema = z.union([
  span,
  z.strictObject({
    for: span,
    'on-fail': choice('What is done when evidence speaks against it: bring the release before back, or only fail.', failActions, 'rollback').optional(),
    every: duration('How often it looks.', '30s').optional(),
  }),
], { error: 'a duration such as `60m`, or `{ for: 60m, on-fail: rollback, every: 30s }`' }).meta({ description: 'Watching a release after it got all traffic, against what the release before had.', examples: ['60m', { for: '60m', 'on-fail': 'rollback' }] })

export function watchOf(file: z.infer<typeof watchSchema>): WatchPolicy {
  const { for: window, 'on-fail': onFail = 'rollback', every = '30s' } = typeof file === 'string' ? { for: file } : file
  const forMs = milliseconds(window)
  // A window shorter than a few looks would end without having seen anything.
  return { forMs, everyMs: Math.min(milliseconds(every), Math.max(1, forMs / 8)), onFail }
}
