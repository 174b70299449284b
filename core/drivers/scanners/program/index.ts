import type { ScannerName } from '../../../domain/vulnerability.js'
import { messageOf, ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ScanAnswer, ScanCall, ScannerProgram } from '../../../ports/scanner.js'

const ASK_MS = 60_000
/** A first run fetches a database. */
const SCAN_MS = 15 * 60_000

const HOMES: Readonly<Record<ScannerName, string>> = {
  'osv-scanner': 'https://google.github.io/osv-scanner/installation/',
  grype: 'https://github.com/anchore/grype#installation',
  trivy: 'https://trivy.dev/latest/getting-started/installation/',
}

/** A scanner's program on this machine: run in an empty folder of its own, its reports read from files there. */
export function scannerProgram(name: ScannerName, { process, files }: Pick<Ambient, 'process' | 'files'>): ScannerProgram {
  return {
    async present() {
      if ((await process.which(name)) === undefined) throw missing(name, { message: `Could not look for known vulnerabilities: \`${name}\` is not installed.`, argv: [name], tail: [] })
    },
    async ask(argv, inherit = []) {
      const { stdout } = await told(name, () => process.run({ what: `ask \`${name}\` about itself`, argv: [name, ...argv], inherit, timeoutMs: ASK_MS }))
      return stdout
    },
    async examine(call) {
      const room = await files.temporary('ecluse-scan-')
      try {
        return await inRoom(name, call, room, { process, files })
      } finally {
        await files.remove(room)
      }
    },
    read(text, image, decode) {
      try {
        if (text === undefined || text.trim() === '') throw new TypeError('it wrote none')
        return decode(JSON.parse(text) as unknown)
      } catch (thrown) {
        const message = `Could not examine \`${image}\`: the report of \`${name}\` can not be read: ${messageOf(thrown)}.`
        throw new ProcessError('scan-failed', { message, fix: `Run \`${name}\` on the image yourself, or use another version of it.`, argv: [name], tail: [], cause: thrown })
      }
    },
  }
}

async function inRoom(name: ScannerName, call: ScanCall, folder: string, { process, files }: Pick<Ambient, 'process' | 'files'>): Promise<ScanAnswer> {
  const file = (inner: string): string => `${folder}/${inner}`
  for (const [inner, content] of Object.entries(call.files ?? {})) await files.write(file(inner), content)
  const argv = call.argv({ file })
  const { exitCode, stderr } = await told(name, () => process.run({
    what: `examine \`${call.image}\``,
    argv: [name, ...argv],
    ...(call.env === undefined ? {} : { env: call.env }),
    inherit: call.inherit ?? [],
    cwd: folder,
    timeoutMs: SCAN_MS,
    accept: call.accept,
  }))
  const reports: [string, string][] = []
  for (const inner of call.reports) {
    const text = await files.textIfThere(file(inner))
    if (text !== undefined) reports.push([inner, text])
  }
  return { exitCode, stderr: stderr.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ''), reports: Object.fromEntries(reports) }
}

/** The same faults, as those of a scanner. */
async function told<T>(name: ScannerName, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof ProcessError)) throw thrown
    const { message, argv, tail, exitCode } = thrown
    const details = { argv, tail, cause: thrown, ...(exitCode === undefined ? {} : { exitCode }) }
    if (thrown.code === 'program-missing') throw missing(name, { ...details, message })
    if (thrown.code === 'program-failed') throw new ProcessError('scan-failed', { ...details, message })
    throw thrown
  }
}

function missing(name: ScannerName, details: { readonly message: string; readonly argv: readonly string[]; readonly tail: readonly string[]; readonly cause?: unknown }): ProcessError {
  return new ProcessError('scanner-missing', { ...details, fix: `Install \`${name}\` in a step before (${HOMES[name]}), or name another scanner in \`build.scan\`.` })
}
