import { LineCounts, type FileCoverage } from './coverage.js'

const COUNTED = /^(?:LF|LH|BRF|BRH):\d+$/

interface Section {
  readonly file: string
  readonly counts: LineCounts
  /** LF, LH, BRF and BRH: all that a report without details has. */
  readonly sums: Record<string, number>
  detailed: boolean
}

/** Files of an lcov tracefile. Throws a `TypeError` where it is none, or is cut off. */
export function lcovFiles(text: string): readonly FileCoverage[] {
  const sections = new Map<string, Section>()
  let open: Section | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line.startsWith('SF:')) {
      if (open !== undefined) throw new TypeError(`line ${index + 1} begins a file before \`end_of_record\` ended the one before`)
      const file = line.slice(3).replaceAll('\\', '/')
      open = sections.get(file) ?? { file, counts: new LineCounts(), sums: {}, detailed: false }
      sections.set(file, open)
    } else if (line === 'end_of_record') {
      open = undefined
    } else if (line !== '' && !line.startsWith('#')) {
      note(open, line, index + 1)
    }
  }
  if (open !== undefined) throw new TypeError('it ends without `end_of_record`, as a file that was cut off does')
  return [...sections.values()].map(({ file, counts, sums, detailed }) => {
    const { LF = 0, LH = 0, BRF = 0, BRH = 0 } = sums
    return detailed ? counts.coverage(file) : { file, lines: { covered: Math.min(LH, LF), total: LF }, branches: { covered: Math.min(BRH, BRF), total: BRF } }
  })
}

function note(open: Section | undefined, line: string, number: number): void {
  const hit = /^DA:(\d+),(-?\d+)(?:\.\d+)?(?:,|$)/.exec(line)
  const fork = /^BRDA:(\d+),([^,]*),([^,]*),(-|\d+)$/.exec(line)
  if (!/^[A-Z]+:/.test(line) || (line.startsWith('DA:') && hit === null)) throw new TypeError(`line ${number} is "${line.slice(0, 60)}"`)
  if (open === undefined) return
  if (hit !== null) {
    open.detailed = true
    open.counts.line(Number(hit[1]), Number(hit[2]) > 0)
  } else if (fork !== null) {
    open.counts.branch(fork.slice(1, 4).join(','), fork[4] !== '-' && Number(fork[4]) > 0)
  } else if (COUNTED.test(line)) {
    const [key = '', value = ''] = line.split(':')
    open.sums[key] = (open.sums[key] ?? 0) + Number(value)
  }
}
