import { describe, expect, it } from '@jest/globals'
import { describe as written, describePart, LONGEST, read, type End, type Written } from '../../../core/drivers/ledger/github/description.js'
import type { DeliveryEvent } from '../../../core/domain/history.js'

const AT = Date.UTC(2026, 10, 21, 14, 5)
const end: End = { at: AT, ok: true, reason: 'promoted', message: '2.0 serves `production`.', live: 'release', bad: 'none' }

const events: readonly DeliveryEvent[] = [
  { type: 'doing', at: AT, verb: 'shift', weight: 25, detail: 'healing' },
  { type: 'doing', at: AT, verb: 'shift', weight: 0.1 },
  { type: 'doing', at: AT, verb: 'promote' },
  { type: 'doing', at: 7, verb: 'abandon', detail: '' },
  { type: 'verdict', at: AT, weight: 5, decision: 'PASS', lean: 'ok', requests: 123_456, errors: 12, detail: 'errors: 12 of 123456 bad' },
  { type: 'verdict', at: AT, weight: 5, decision: 'a b=c | d', lean: '', requests: 0, errors: 0, detail: '' },
  { type: 'observed', at: AT, detail: 'all traffic | and more: 2.0 answered' },
]

describe('the description of a status', () => {
  it.each(events)('tells an event that is read back: %j', (event) => {
    for (const by of [{}, { by: 42 }]) {
      const text = written({ kind: 'event', event, ...by }, event.at)
      expect(text.length).toBeLessThanOrEqual(LONGEST)
      expect(read(text)).toEqual({ kind: 'event', event, ...by })
    }
  })

  it.each<End>([
    end,
    { ...end, ok: false, reason: 'failed', live: 'previous', bad: 'release', message: '' },
    { ...end, message: 'ok', schema: { before: '3 b', after: '4|é' }, record: 'q'.repeat(43) },
  ])('tells a result that is read back: %j', (one) => {
    expect(read(written({ kind: 'end', end: one }, one.at))).toEqual({ kind: 'end', end: one })
  })

  it('reads well', () => {
    expect(written({ kind: 'event', event: events[0]! }, AT)).toMatch(/^e1 \w+ shift w=25 \| healing$/)
    expect(written({ kind: 'end', end }, AT)).toMatch(/^e1 \w+ ended ok=1 why=promoted live=release bad=none \| 2\.0 serves `production`\.$/)
  })

  it('cuts a text that is too long, at a whole character, and no field', () => {
    for (let length = 1; length < 300; length += 7) {
      const event: DeliveryEvent = { type: 'verdict', at: AT, weight: 5, decision: 'FAIL', lean: 'bad', requests: 9, errors: 8, detail: `${'x'.repeat(length)}😀${'y'.repeat(200)}\n` }
      const text = written({ kind: 'event', event }, AT)
      expect(text.length).toBeLessThanOrEqual(LONGEST)
      expect(Buffer.from(text).toString()).toBe(text)
      expect(read(text)).toMatchObject({ event: { decision: 'FAIL', requests: 9, errors: 8 } })
    }
  })

  it('is one line, whatever the text was', () => {
    expect(written({ kind: 'gone', why: 'a\r\nb\u2028c' }, AT)).not.toMatch(/[\r\n\u2028]/)
  })

  it('tells parts, extensions and that it is gone', () => {
    expect(read(describePart(2, 3, 'ab-_'))).toEqual({ kind: 'part', index: 2, of: 3, chunk: 'ab-_' } satisfies Written)
    expect(read(written({ kind: 'renewed' }, AT))).toEqual({ kind: 'renewed' })
    expect(read(written({ kind: 'gone', why: 'x' }, AT))).toEqual({ kind: 'gone', why: 'x' })
  })

  it.each(['', 'Deployed by hand', 'element', 'e1x 1 2', 'Environment e1'])('of somebody else is not ours: "%s"', (text) => {
    expect(read(text)).toBeUndefined()
  })

  it.each(['e1', 'e1 zz', 'e1 7 leap', 'e1 7 verdict w=5', 'e1 7 verdict w=x is=PASS n=1 bad=1', 'e1 7 ended ok=1 why=x', 'e1 part 1 x', 'e2 7 shift w=5', 'e1 - shift'])('that is ours and broken is refused: "%s"', (text) => {
    expect(() => read(text)).toThrow(TypeError)
  })
})
