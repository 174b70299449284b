import type { SummaryPart } from '../../core/domain/outcome.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Built } from '../../core/ports/builder.js'
import type { ImageRequest } from './request.js'
import type { Refused } from './examine.js'
import { reasons, type BuildOutcome, type BuildOutputs, type Reason } from './outcome.js'
import type { Origin } from './source.js'

export interface Made {
  readonly built: Built
  readonly origin: Origin
  readonly tookMs: number
  /** Those that it was given. */
  readonly tags?: readonly string[]
}

/** What is told at the end. `parts` and `outputs` come from the steps that examined and signed the image. */
export interface Told {
  readonly made: Made
  readonly refused: readonly Refused[]
  readonly parts: readonly SummaryPart[]
  readonly outputs: BuildOutputs
}

/** An image that was refused gets no reference that a deployment could use. */
export function outcome(request: ImageRequest, { made, refused, parts, outputs }: Told): BuildOutcome {
  const { built, origin, tags = [] } = made
  const { app } = request.settings
  const [first] = refused
  const reason: Reason = first?.reason ?? (built.reused ? 'reused' : 'built')
  const ok = first === undefined
  return {
    ok,
    reason,
    message: ok ? `${app} ${origin.version} is ${built.digest}, ${readableBytes(built.bytes)}.` : refused.map(({ message }) => message).join(' '),
    outputs: {
      image: ok ? built.image : '',
      digest: ok ? built.digest : '',
      version: origin.version,
      'content-key': built.contentKey ?? '',
      reused: String(built.reused),
      bytes: String(built.bytes),
      cache: built.cache ?? '',
      tags: tags.join(','),
      sarif: '',
      vulnerabilities: '',
      ...outputs,
    },
    summary: { title: `Image of ${app} ${origin.version}: ${reason}`, parts: [{ kind: 'text', text: reasons[reason] }, facts(request, made, ok), ...parts, layers(built)] },
  }
}

const CACHES = { used: 'used', none: 'none', 'gave-up': 'gave up: it failed or did not answer in time, see the warning' } as const

function facts({ settings }: ImageRequest, { built, origin, tookMs, tags = [] }: Made, ok: boolean): SummaryPart {
  const limit = settings.maxBytes === undefined ? '' : ` of ${readableBytes(settings.maxBytes)} allowed`
  return {
    kind: 'table',
    columns: ['', ''],
    rows: [
      ...(ok ? [['Image', built.image]] : []),
      ['Digest', built.digest],
      ...(tags.length === 0 ? [] : [['Tags', tags.join(', ')]]),
      ['Commit', origin.commit === '' ? 'not known' : origin.commit],
      ['Platforms', settings.platforms.join(', ')],
      ['Size', `${readableBytes(built.bytes)}${limit}`],
      ...(built.contentKey === undefined ? [] : [['Content key', built.contentKey]]),
      ...(built.cache === undefined ? [] : [['Cache', CACHES[built.cache]]]),
      ['Made', `${built.reused ? 'used again' : 'built'} in ${readableDuration(tookMs)}`],
    ],
  }
}

function layers(built: Built): SummaryPart {
  const rows = built.layers.map(({ digest, bytes, createdBy }) => [digest.slice('sha256:'.length, 'sha256:'.length + 12), readableBytes(bytes), createdBy])
  return rows.length === 0 ? { kind: 'text', text: 'The image has no layers.' } : { kind: 'table', title: 'Layers', columns: ['Digest', 'Size', 'Created by'], rows }
}

/** `300 MB` as the input `max-size` counts. */
export function readableBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'] as const
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}
