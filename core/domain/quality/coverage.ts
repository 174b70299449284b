import { grouped } from './grouping.js'

export interface Ratio {
  readonly covered: number
  readonly total: number
}

export interface FileCoverage {
  /** With `/`, as the report names it or relative to the checkout. */
  readonly file: string
  readonly lines: Ratio
  readonly branches: Ratio
}

export const NOTHING: Ratio = { covered: 0, total: 0 }

/** In percent; `undefined` of nothing. */
export function percent({ covered, total }: Ratio): number | undefined {
  return total === 0 ? undefined : (covered / total) * 100
}

/** Never rounded up: 79.999 % is not the 80 % that was wanted. */
export function shownPercent(ratio: Ratio): string {
  const value = percent(ratio)
  return value === undefined ? 'nothing' : `${(Math.floor(value * 100 + 1e-9) / 100).toFixed(2)} %`
}

export function sum(ratios: Iterable<Ratio>): Ratio {
  let [covered, total] = [0, 0]
  for (const ratio of ratios) {
    covered += ratio.covered
    total += ratio.total
  }
  return { covered, total }
}

/** Several reports as one. A file that several tell of counts once, as the one says that covers most of it. */
export function mergedCoverage(files: readonly FileCoverage[]): readonly FileCoverage[] {
  const merged = new Map<string, FileCoverage>()
  for (const one of files) {
    const before = merged.get(one.file)
    merged.set(one.file, before === undefined ? one : { file: one.file, lines: better(before.lines, one.lines), branches: better(before.branches, one.branches) })
  }
  return [...merged.values()]
}

function better(one: Ratio, other: Ratio): Ratio {
  const total = Math.max(one.total, other.total)
  return { covered: Math.min(total, Math.max(one.covered, other.covered)), total }
}

export interface FolderCoverage {
  readonly folder: string
  readonly files: number
  readonly lines: Ratio
}

/** Lines by the first folder in which the files differ, the least covered first. */
export function byFolder(files: readonly FileCoverage[]): readonly FolderCoverage[] {
  const shared = sharedFolder(files.map(({ file }) => file.split('/').slice(0, -1)))
  const groups = grouped(files, ({ file }) => {
    const parts = file.split('/')
    return parts.slice(0, Math.min(shared + 1, parts.length - 1)).join('/') || '.'
  })
  const folders = [...groups].map(([folder, inside]) => ({ folder, files: inside.length, lines: sum(inside.map(({ lines }) => lines)) }))
  return folders.toSorted((a, b) => (percent(a.lines) ?? 101) - (percent(b.lines) ?? 101))
}

/** How many first parts all folders have in common. */
function sharedFolder(folders: readonly (readonly string[])[]): number {
  const [first = []] = folders
  const differs = first.findIndex((part, index) => folders.some((folder) => folder[index] !== part))
  return differs === -1 ? first.length : differs
}

/** Lines and branches of one file while its report is read: what is told twice counts once. */
export class LineCounts {
  private readonly hits = new Map<number, boolean>()
  private readonly forks = new Map<string, boolean>()

  line(number: number, hit: boolean): void {
    this.hits.set(number, hit || this.hits.get(number) === true)
  }

  branch(key: string, taken: boolean): void {
    this.forks.set(key, taken || this.forks.get(key) === true)
  }

  coverage(file: string): FileCoverage {
    return { file, lines: marked(this.hits), branches: marked(this.forks) }
  }
}

function marked(marks: ReadonlyMap<unknown, boolean>): Ratio {
  return { covered: [...marks.values()].filter(Boolean).length, total: marks.size }
}
