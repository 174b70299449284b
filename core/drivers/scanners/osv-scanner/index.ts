import type { ScanDatabase, Scan } from '../../../domain/vulnerability.js'
import { oneLine } from '../../../domain/vulnerability.js'
import { ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ScanAnswer, Scanner, ScannerProgram, ScanTarget } from '../../../ports/scanner.js'
import { oldestDatabase } from './databases.js'
import { versionOf, wordsFor, type Version } from './dialect.js'
import { readReport } from './report.js'

const REPORT = 'report.json'
/** 0: nothing found; 1: something found; 127: something went wrong on the way, perhaps with a report; 128: no packages. */
const ANSWERS = [0, 1, 127, 128]
const NO_PACKAGES = 128
const MOST_TOLD = 5
/** Some versions say so whatever they were told; those before know no other word. */
const OF_OUR_WORDS = /^Warning: --\S+ has been deprecated\b/

/**
 * osv-scanner 1.9 or 2. Online it asks osv.dev, which is as new as can be. Offline it has one archive for each kind of
 * packages, and dates none of them: their files' times do.
 */
export function osvScanner(database: ScanDatabase, program: ScannerProgram, ambient: Pick<Ambient, 'clock' | 'files'>): Scanner {
  return {
    name: 'osv-scanner',
    present: () => program.present(),
    async scan(target) {
      const version = await versionIn(program)
      const at = ambient.clock.now()
      const answer = await program.examine({
        image: target.image,
        argv: (room) => wordsFor(version, { archive: target.archive, report: room.file(REPORT), config: room.file('empty.toml'), database }),
        files: { 'empty.toml': '' },
        reports: [REPORT],
        accept: ANSWERS,
      })
      const common = { scanner: 'osv-scanner', version: version.text, notes: [] }
      if (answer.exitCode === NO_PACKAGES) return { ...common, databaseAt: at, packages: 0, found: [], incomplete: [] }
      const { packages, ecosystems, found } = program.read(reportIn(answer, target), target.image, readReport)
      const databaseAt = database.offline ? await oldestDatabase(database.folder ?? '', ecosystems, version, ambient.files) : at
      return { ...common, ...(databaseAt === undefined ? {} : { databaseAt }), packages, found, incomplete: incompleteness(answer) } satisfies Scan
    },
  }
}

async function versionIn(program: ScannerProgram): Promise<Version> {
  const said = await program.ask(['--version'])
  const version = versionOf(said)
  if (version !== undefined) return version
  const message = `Could not examine the image: \`osv-scanner\` says of its version "${oneLine(said, 80)}", and 1.9 or 2 is needed.`
  throw new ProcessError('scan-failed', { message, fix: 'Install osv-scanner 1.9 or newer.', argv: ['osv-scanner', '--version'], tail: [] })
}

/** With exit code 127 it may have given up before there was anything to write. */
function reportIn({ exitCode, stderr, reports }: ScanAnswer, { image }: ScanTarget): string | undefined {
  const report = reports[REPORT]
  if (exitCode !== 127 || (report !== undefined && report.trim() !== '')) return report
  throw new ProcessError('scan-failed', { message: `Could not examine \`${image}\`: \`osv-scanner\` ended with exit code 127: "${oneLine(stderr.at(-1) ?? '', 300)}".`, argv: ['osv-scanner'], exitCode, tail: stderr.slice(-20) })
}

/**
 * It was told to say only what went wrong: a file that it could not read, a database that is not there. When it found
 * something elsewhere, its exit code does not show that.
 */
function incompleteness({ exitCode, stderr }: ScanAnswer): readonly string[] {
  const lines = [...new Set(stderr.filter((line) => !OF_OUR_WORDS.test(line)).map((line) => oneLine(line, 300)))]
  if (lines.length > MOST_TOLD) return [...lines.slice(0, MOST_TOLD), `and ${lines.length - MOST_TOLD} more`]
  return lines.length === 0 && exitCode === 127 ? ['osv-scanner ended with exit code 127 and does not say why'] : lines
}
