// Two drawings over the same time: who served how much, and what share of each release's answers failed.

const WIDTH = 960
const LEFT = 44
const RIGHT = 12
const HEIGHT = 170
const TOP = 22

const releases = ['v1', 'v2', 'v3']

/** Each second's share of the answers, stacked, with the acts of production marked. */
export function sharesChart({ seconds, marks }) {
  const scale = scaleFor(seconds)
  const layers = releases.map((version, index) => {
    const under = seconds.map((second) => shareOf(second, releases.slice(0, index)))
    const upper = seconds.map((second) => shareOf(second, releases.slice(0, index + 1)))
    return `<path class="area ${version}" d="${band(under, upper, scale)}"><title>${version}</title></path>`
  })
  return drawing('Who served: share of all answers, each second', scale, [...layers, ...grid(scale, 1, (value) => `${Math.round(100 * value)} %`), ...marks.map((mark) => markAt(mark, scale))])
}

/** The share of failed answers of each release, each second in which it answered. */
export function errorsChart({ seconds, marks }) {
  const scale = scaleFor(seconds)
  const rates = releases.map((version) => seconds.map((second) => (second[version] === undefined ? undefined : second[version].failed / second[version].requests)))
  const highest = Math.max(0.1, ...rates.flat().filter((rate) => rate !== undefined))
  const lines = releases.flatMap((version, index) => runsOf(rates[index]).map((run) => `<polyline class="line ${version}" points="${run.map(([second, rate]) => `${scale.x(second + 0.5)},${scale.y(rate / highest)}`).join(' ')}"><title>${version}</title></polyline>`))
  return drawing('Failed: share of each release’s answers, each second', scale, [...grid(scale, highest, (value) => `${Math.round(100 * value)} %`), ...marks.map((mark) => markAt(mark, scale)), ...lines])
}

function scaleFor(seconds) {
  const last = Math.max(1, seconds.length)
  return { last, x: (second) => (LEFT + (second / last) * (WIDTH - LEFT - RIGHT)).toFixed(1), y: (share) => (TOP + (1 - share) * HEIGHT).toFixed(1) }
}

function shareOf(second, versions) {
  const all = releases.reduce((sum, version) => sum + (second[version]?.requests ?? 0), 0)
  return all === 0 ? 0 : versions.reduce((sum, version) => sum + (second[version]?.requests ?? 0), 0) / all
}

/** Steps, because a second is counted as a whole. */
function band(under, upper, { x, y }) {
  const edge = (shares) => shares.flatMap((share, second) => [`${x(second)},${y(share)}`, `${x(second + 1)},${y(share)}`])
  return `M${[...edge(upper), ...edge(under).toReversed()].join('L')}Z`
}

/** A release that did not answer for a second has a gap there, not a zero. */
function runsOf(rates) {
  const runs = [[]]
  rates.forEach((rate, second) => {
    if (rate === undefined) runs.push([])
    else runs.at(-1).push([second, rate])
  })
  return runs.filter((run) => run.length > 0)
}

function grid({ y, x, last }, highest, label) {
  const across = [0, 0.5, 1].map((share) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}"/><text x="${LEFT - 6}" y="${y(share)}" text-anchor="end" dominant-baseline="middle">${label(share * highest)}</text>`)
  const times = Array.from({ length: Math.floor(last / 10) + 1 }, (_, index) => index * 10)
  return [...across, ...times.map((second) => `<text x="${x(second)}" y="${TOP + HEIGHT + 14}" text-anchor="middle">${second} s</text>`)]
}

function markAt({ second, label }, { x, last }) {
  const side = second > last * 0.9 ? { by: -3, anchor: 'end' } : { by: 3, anchor: 'start' }
  return `<line class="mark" x1="${x(second)}" x2="${x(second)}" y1="${TOP}" y2="${TOP + HEIGHT}"/><text x="${(Number(x(second)) + side.by).toFixed(1)}" y="${TOP - 6}" text-anchor="${side.anchor}">${label}</text>`
}

const drawing = (title, scale, parts) => `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT + TOP + 20}" role="img" aria-label="${title}">${parts.join('')}</svg></figure>`
