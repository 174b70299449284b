/** One thing that was tested, as reports of continuous integration know it. */
export interface JUnitCase {
  readonly name: string
  readonly seconds: number
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly text: string
}

export interface JUnitSuite {
  readonly name: string
  /** Epoch ms. */
  readonly startedAt: number
  readonly cases: readonly JUnitCase[]
}

/** A JUnit file of one suite. */
export function junitXml({ name, startedAt, cases }: JUnitSuite): string {
  const count = (state: JUnitCase['state']): number => cases.filter((one) => one.state === state).length
  const totals = attributes({
    name,
    tests: String(cases.length),
    failures: String(count('failed')),
    errors: '0',
    skipped: String(count('skipped')),
    time: seconds(cases.reduce((sum, one) => sum + one.seconds, 0)),
  })
  const time = attributes({ timestamp: new Date(startedAt).toISOString().slice(0, 19) })
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${totals}>`,
    `  <testsuite${totals}${time}>`,
    ...cases.map((one) => `    ${caseXml(one, name)}`),
    '  </testsuite>',
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

function caseXml({ name, state, seconds: took, text }: JUnitCase, suite: string): string {
  const open = `<testcase${attributes({ name, classname: suite, time: seconds(took) })}`
  if (state === 'failed') return `${open}><failure${attributes({ message: text.split('\n')[0] ?? '' })}>${escaped(text)}</failure></testcase>`
  if (state === 'skipped') return `${open}><skipped${attributes({ message: text })}/></testcase>`
  return text === '' ? `${open}/>` : `${open}><system-out>${escaped(text)}</system-out></testcase>`
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escaped(value).replaceAll(/[\n\t]/g, ' ')}"`).join('')
}

function seconds(value: number): string {
  return value.toFixed(3)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** XML 1.0 knows no other control characters than tab and newline, not even escaped, and no halves of a surrogate pair. */
function escaped(text: string): string {
  return Array.from(text).filter((char) => allowed(char.codePointAt(0) ?? 0)).join('').replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}

function allowed(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a
  if (code >= 0x7f && code <= 0x9f) return false
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff
}
