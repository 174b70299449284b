// The timeline in a terminal: all acts, the split of the traffic, both arms and the judge, redrawn in place.
import { firstSample, pollLine, weightBar } from './polls.mjs'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const marks = { waiting: '·', done: '✓', failed: '✗', left: '–' }

export function openBoard(stream, ink, startedAt, acts) {
  const states = new Map(acts.map((act) => [act, { kind: 'waiting', note: '' }]))
  let drawn = 0
  let frame = 0
  let stage = {}
  const draw = () => {
    frame += 1
    const lines = [header(startedAt, stage, ink), ...acts.map((act) => actLine(act, states.get(act), frame, ink)), '', ...trafficLines(stage, ink)]
    const columns = stream.columns || 100
    const most = Math.max(4, (stream.rows || 40) - 1)
    const shown = lines.slice(-most).map((line) => cut(line, columns - 1))
    stream.write(`${drawn > 0 ? `\u001B[${drawn}A` : ''}\u001B[0J${shown.join('\n')}\n`)
    drawn = shown.length
  }
  const set = (act, kind, note = '') => {
    states.set(act, { kind, note, at: Date.now(), since: states.get(act).at })
    draw()
  }
  stream.write('\u001B[?25l')
  return {
    begin: (act) => set(act, 'playing'),
    end: (act, note) => set(act, 'done', note),
    fail: (act) => set(act, 'failed'),
    leave: (act, why) => set(act, 'left', why),
    look: (now) => {
      stage = now
      draw()
    },
    close: () => {
      draw()
      stream.write('\u001B[?25h')
    },
  }
}

const header = (startedAt, { line }, ink) => `${ink.bold('Ecluse')}  ${((Date.now() - startedAt) / 1000).toFixed(0).padStart(3)} s  ${ink.dim(line ?? '')}`

function actLine(act, { kind, note, at, since }, frame, ink) {
  const mark = kind === 'playing' ? ink.blue(FRAMES[frame % FRAMES.length]) : paintMark(kind, ink)
  const took = kind === 'done' && since !== undefined ? ` ${((at - since) / 1000).toFixed(1)} s` : ''
  const title = kind === 'playing' ? ink.bold(act.title) : kind === 'waiting' ? ink.dim(act.title) : act.title
  return ` ${mark} ${title}${ink.dim(`${took}${note === '' ? '' : `  ${note}`}`)}`
}

const paintMark = (kind, ink) => ({ waiting: ink.dim, done: ink.green, failed: ink.red, left: ink.yellow })[kind](marks[kind])

function trafficLines({ recorder, evidence }, ink) {
  if (recorder === undefined || recorder.total() === 0) return []
  const polls = evidence?.polls() ?? []
  const counts = recorder.versions().toSorted().map((version) => {
    const { requests, failed } = recorder.of(version)
    return `${version} ${requests} requests, ${failed === 0 ? '0 failed' : ink.red(`${failed} failed`)}`
  })
  return [` users  ${counts.join(ink.dim('  |  '))}`, ` ${polls.length === 0 ? `${weightBar(0, ink)}   0 %` : pollLine(polls.at(-1), ink, firstSample(polls))}`]
}

/** Cuts a line to the width of the terminal; colours have none. */
function cut(line, width) {
  let shown = ''
  let used = 0
  // eslint-disable-next-line no-control-regex
  for (const part of line.match(/\u001B\[\d*m|./gu) ?? []) {
    if (part.startsWith('\u001B')) shown += part
    else if (used < width) {
      shown += part
      used += 1
    }
  }
  return shown
}
