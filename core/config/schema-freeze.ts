import { z } from 'zod'
import { freezable, type Freeze } from '../domain/freeze.js'
import { HOLIDAY_FORM, parseFreezeWindow, parseHoliday, WINDOW_FORM, type BadWindow, type FreezeWindow } from '../domain/freeze-window.js'
import { isTimeZone } from '../domain/wall-clock.js'
import { choice } from './words.js'

type Parse = (text: string, zone: string) => FreezeWindow | BadWindow

/** A text that a parser takes, refused in the parser's own words. */
const parsed = (parse: Parse, expected: string): z.ZodString =>
  z.string({ error: expected }).refine((text) => !('expected' in parse(text, USUAL_ZONE)), {
    error: ({ input }) => {
      const found = parse(String(input), USUAL_ZONE)
      return 'expected' in found ? found.expected : expected
    },
  })

const USUAL_ZONE = 'UTC'
const EXAMPLE = 'Fri 16:00–Mon 08:00 Europe/Paris'
const windowText = parsed(parseFreezeWindow, WINDOW_FORM)
const windows = z.array(windowText).min(1, { error: 'at least one window' }).meta({ description: 'Times without deliveries.', examples: [[EXAMPLE, '2026-12-24–2027-01-03']] })
const ZONE_FORM = 'the name of a time zone as IANA lists it, such as `Europe/Paris`'

export const freezeSchema = z.union([
  windowText,
  windows,
  z.strictObject({
    windows: windows.optional(),
    holidays: z.array(parsed(parseHoliday, HOLIDAY_FORM)).meta({ description: 'Whole days without deliveries.', examples: [['2026-12-25', '2026-12-31–2027-01-01']] }).optional(),
    'time-zone': z.string({ error: ZONE_FORM }).refine(isTimeZone, { error: ZONE_FORM }).meta({ description: 'Where the clock hangs that windows without a zone of their own go by.', default: USUAL_ZONE }).optional(),
    'applies-to': z.array(choice('What is stopped.', freezable)).min(1, { error: '`deploy`, `promote` or both' }).meta({ description: 'What is stopped: deploy-staging (`deploy`), canary-promote (`promote`). A rollback never is.', default: [...freezable] }).optional(),
  }).refine((value) => value.windows !== undefined || (value.holidays ?? []).length > 0, { error: '`windows`, `holidays` or both' }),
], { error: `${WINDOW_FORM}, a list of them, or a mapping of windows, holidays, time-zone and applies-to` })
  .meta({ description: 'Times in which nothing goes forward. Going back is never stopped.', examples: [EXAMPLE, [EXAMPLE, '2026-12-24–2027-01-03 Europe/Paris'], { windows: ['22:00–06:00'], holidays: ['2026-12-25'], 'time-zone': 'Europe/Paris', 'applies-to': ['promote'] }] })

export function freezeOf(file: z.infer<typeof freezeSchema>): Freeze {
  if (typeof file === 'string') return freezeOf([file])
  if (Array.isArray(file)) return { windows: read(parseFreezeWindow, file, USUAL_ZONE), appliesTo: freezable }
  const zone = file['time-zone'] ?? USUAL_ZONE
  return {
    windows: [...read(parseFreezeWindow, file.windows ?? [], zone), ...read(parseHoliday, file.holidays ?? [], zone)],
    appliesTo: file['applies-to'] ?? freezable,
  }
}

/** The schema has let them pass. */
function read(parse: Parse, texts: readonly string[], zone: string): readonly FreezeWindow[] {
  return texts.map((text) => parse(text, zone)).flatMap((found) => ('expected' in found ? [] : [found]))
}
