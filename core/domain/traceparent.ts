/** Where a piece of work is in a trace: W3C Trace Context, `traceparent`. */
export interface Place {
  /** 32 digits. */
  readonly trace: string
  /** 16 digits. */
  readonly span: string
  readonly sampled: boolean
}

const FORM = /^(?<version>[0-9a-f]{2})-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/

/** `undefined` for what the specification says must be ignored. Versions that come later may have more fields at the end. */
export function parseTraceparent(text: string): Place | undefined {
  const { version = '', trace = '', span = '', flags = '', more } = FORM.exec(text.trim())?.groups ?? {}
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(trace) || /^0+$/.test(span)) return undefined
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function traceparent({ trace, span, sampled }: Place): string {
  return `00-${trace}-${span}-${sampled ? '01' : '00'}`
}
