// npm run replay -- FILE [--json]: gives the samples of an evidence file to the judge again, and compares what it says with what was written.
// 0: the same; 1: something differs, the first place is named; 2: the file can't be used, all problems are named.
import { basename } from 'node:path'
import { loadFresh, locate, textOf, Unusable } from './fresh.mjs'
import { replayTable } from './replay-table.mjs'

const DIFFERS = 1
const UNUSABLE = 2

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  try {
    const json = args.includes('--json')
    const [file, ...others] = args.filter((word) => word !== '--json')
    if (file === undefined || others.length > 0 || file.startsWith('-')) throw new Unusable('Name one file: `npm run replay -- FILE [--json]`.')
    const { replay, cut } = await replayed(file)
    if (json) console.log(JSON.stringify({ file: basename(file), same: replay.difference === undefined, ...(cut === undefined ? {} : { cut }), ...replay }))
    else for (const line of told(file, replay, cut)) console.log(printable(line))
    return replay.difference === undefined ? 0 : DIFFERS
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    console.error(error.message)
    return UNUSABLE
  }
}

async function replayed(file) {
  const source = textOf(locate(file))
  const [{ decodeEvidence }, { replayEvidence }] = await loadFresh('core/domain/evidence-decode.ts', 'core/domain/evidence-replay.ts')
  const { lines, problems, cut } = decodeEvidence(source)
  if (problems.length > 0) throw new Unusable([`${basename(file)} can't be replayed:`, ...problems.map(({ line, message }) => `  line ${line}: ${printable(message)}`)].join('\n'))
  try {
    return { replay: replayEvidence(lines), cut }
  } catch (error) {
    if (error?.name !== 'JudgeConfigError' && error?.name !== 'JudgeSnapshotError') throw error
    throw new Unusable(`${basename(file)} can't be replayed:\n  line 1: ${error.message}`)
  }
}

function told(file, { header, parts, polls, moves, difference, outcome }, cut) {
  const { app, environment, release, previous = 'nothing', source, suite, delivery } = header
  const against = header.kind === 'watch' ? `watched against what ${previous} had` : `against ${previous}`
  const counts = `${polls.length} verdicts and ${moves} moves`
  return [
    `${basename(file)}: ${app} ${release.version} in ${environment}, ${against}, ${source === '' ? 'by triggers alone' : `by the counters of ${source}`}; delivery ${delivery}, Ecluse ${suite === '' ? 'of an unknown version' : suite}`,
    '',
    ...(polls.length === 0 ? [] : [...replayTable(header, polls), '']),
    ...(parts === 1 ? [] : [`${parts} processes took turns; each went on from what the one before had recorded.`]),
    ...(cut === undefined ? [] : [`Line ${cut} was not written to its end: the run was killed there. Replayed up to line ${cut - 1}.`]),
    ...(cut === undefined && outcome === undefined ? ['There is no outcome: the run ended before it could write one.'] : []),
    ...(outcome === undefined ? [] : [`Outcome: ${outcome.reason}. ${outcome.message}`]),
    difference === undefined ? `same: ${counts} are what this judge says.` : `differs: line ${difference.line}, \`${difference.field}\` was ${shown(difference.written)} and is ${shown(difference.now)} now.`,
  ]
}

/** A file that somebody changed must not steer a terminal, nor write lines of its own. */
function printable(text) {
  return text.replaceAll(/\s/g, ' ').replaceAll(/\p{Cc}|\p{Cf}/gu, '\uFFFD')
}

function shown(value) {
  return value === undefined ? 'not there' : JSON.stringify(value)
}
