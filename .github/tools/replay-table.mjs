// The table that `npm run replay` prints: one row per weight, with the course of the evidence.
const BARS = '▁▂▃▄▅▆▇█'
const WIDTH = 24

export function replayTable({ judge, policy }, polls) {
  const fails = Math.log(1 / judge.alpha)
  const passes = Math.log(1 / judge.beta)
  // Events of the user's own are not bad requests: which check a row is of is said then.
  const named = policy.checks.some(({ metric }) => metric === 'business')
  const rows = byWeight(polls).map((held) => rowOf(held, named, fails, passes))
  const columns = named ? ['check', 'stable', 'candidate'] : ['stable bad', 'candidate bad']
  return aligned([['weight', 'held', 'polls', 'silent', ...columns, `against (fails at ${fails.toFixed(1)})`, `for (passes at ${passes.toFixed(1)})`, 'verdict'], ...rows])
}

/** Polls that follow each other at one weight. */
function byWeight(polls) {
  const groups = []
  for (const poll of polls) {
    const last = groups.at(-1)
    if (last?.[0].poll.weight === poll.poll.weight) last.push(poll)
    else groups.push([poll])
  }
  return groups
}

function rowOf(held, named, fails, passes) {
  const seconds = Math.round((held.at(-1).poll.at - held[0].poll.at) / 1000)
  const { now } = held.at(-1)
  const worst = now?.checks.toSorted((a, b) => (b.logEFail ?? -Infinity) - (a.logEFail ?? -Infinity))[0]
  const course = (field, most) => `${sparkline(held.map((poll) => poll.now?.[field] ?? 0), most)} ${(now?.[field] ?? 0).toFixed(1)}`
  return [
    `${held[0].poll.weight} %`, `${seconds} s`, String(held.length), String(held.filter(({ poll }) => poll.sample.kind === 'no-data' || poll.sample.missing !== undefined).length), ...(named ? [worst?.name ?? ''] : []),
    share(worst?.stable), share(worst?.candidate), course('logEFail', fails), course('logEPass', passes), now === undefined ? 'none' : now.decision,
  ]
}

function share(totals) {
  return totals === undefined || totals.requests === 0 ? 'no requests' : `${totals.bad} of ${totals.requests} (${((100 * totals.bad) / totals.requests).toFixed(2)} %)`
}

/** Empty at 0 and below, full where the verdict falls. */
function sparkline(values, most) {
  const every = Math.max(1, Math.ceil(values.length / WIDTH))
  const chosen = values.filter((_, index) => (values.length - 1 - index) % every === 0)
  return chosen.map((value) => BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor((value / most) * BARS.length)))]).join('')
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd())
}
