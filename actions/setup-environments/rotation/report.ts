import { reasons, type SetupOutcome } from '../outcome.js'
import type { End, Turned } from './turn.js'

/** What ended it decides; of those that ended well, the one of which less is known. */
export function rotationOutcome(environment: string, turned: readonly Turned[], left: readonly string[]): SetupOutcome {
  const reason = turned.map(({ end }) => end).find((end) => !WELL.includes(end)) ?? turned.map(({ end }) => end).find((end) => end === 'rotated-unverified') ?? (turned.length > 0 ? 'rotated' : 'nothing-due')
  const rotated = turned.filter(({ end }) => WELL.includes(end) || end === 'revoke-failed').map(({ name }) => name)
  const untouched = left.length === 0 ? '' : ` Not tried: ${left.join(', ')}.`
  return {
    ok: reason === 'rotated' || reason === 'rotated-unverified' || reason === 'nothing-due',
    reason,
    message: `${turned.length === 0 ? reasons['nothing-due'] : turned.map(({ text }) => text).join(' ')}${untouched}`,
    outputs: { differences: '', changed: '', unmanaged: '', rotated: rotated.join(','), missing: '' },
    summary: {
      title: `Rotate secrets of ${environment}: ${reason}`,
      parts: [
        { kind: 'text', text: reasons[reason] },
        ...(turned.length === 0 ? [] : [{ kind: 'table' as const, columns: ['Secret', 'How it ended', 'What was seen'], rows: [...turned.map(({ name, end, text }) => [name, end, text]), ...left.map((name) => [name, 'not tried', 'It was not touched.'])] }]),
      ],
    },
  }
}

const WELL: readonly End[] = ['rotated', 'rotated-unverified']
