// What a suite measured, as a line that people and programs read. Pure.

/**
 * `goal` is a bound: `{ ratio: 3 }` on ours ÷ peer, `{ ours: 5 }` on our own figure.
 * With `ratio` given, it is the median over pairs; else it is the ratio of both figures.
 */
export function lineOf({ suite, metric, ours, peer, ratio = ours / peer, goal }) {
  const [[bounded, most]] = Object.entries(goal)
  const measured = { ours, ratio }[bounded]
  return { suite, metric, ours: rounded(ours), peer: rounded(peer), ratio: rounded(ratio), goal: `${bounded} <= ${most}`, ok: Number.isFinite(measured) && measured <= most }
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY
}

/** Pairs measured in turn: the machine's moods hit both. */
export const medianRatio = (pairs) => median(pairs.map(({ ours, peer }) => ours / peer))

const rounded = (value) => Number(value.toPrecision(3))

const columns = ['suite', 'metric', 'ours', 'peer', 'ratio', 'goal', 'ok']

export function tableOf(lines) {
  const rows = [columns, ...lines.map((line) => columns.map((name) => (name === 'ok' ? (line.ok ? '✓' : '✗') : String(line[name]))))]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index].length)))
  return `${rows.map((row) => row.map((cell, index) => (index < 2 || index > 4 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join('  ').trimEnd()).join('\n')}\n`
}
