import type { Pair } from '../../../../domain/dockerfile/words.js'

/** What an instruction asks for, before variables are put in. */
export type Asked =
  | { readonly kind: 'from'; readonly image: string; readonly platform?: string; readonly name?: string }
  | { readonly kind: 'arg'; readonly pairs: readonly Pair[] }
  | { readonly kind: 'env'; readonly pairs: readonly Pair[] }
  | { readonly kind: 'label'; readonly pairs: readonly Pair[] }
  | Copying
  | { readonly kind: 'workdir'; readonly value: string }
  | { readonly kind: 'user'; readonly value: string }
  | { readonly kind: 'stopsignal'; readonly value: string }
  | { readonly kind: 'expose'; readonly words: readonly string[] }
  | { readonly kind: 'volume'; readonly words: readonly string[] }
  | { readonly kind: 'entrypoint'; readonly command: Argv }
  | { readonly kind: 'cmd'; readonly command: Argv }
  | { readonly kind: 'healthcheck'; readonly test: readonly ['NONE'] | Argv; readonly timing: Timing }
  | { readonly kind: 'unsupported'; readonly message: string; readonly fix: string }

export interface Copying {
  readonly kind: 'copy'
  readonly verb: 'COPY' | 'ADD'
  readonly sources: readonly string[]
  readonly target: string
  readonly from?: string
  readonly owner?: string
  readonly mode?: string
}

/** The exec form as it is, or a line for the image's shell. */
export type Argv = { readonly exec: readonly string[] } | { readonly shell: string }

/** Nanoseconds, as image configurations have them. */
export interface Timing {
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  readonly StartInterval?: number
  readonly Retries?: number
}

export type Statement = Asked & {
  readonly line: number
  readonly source: string
}
