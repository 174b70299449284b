import type { ScanDatabase } from '../../../domain/vulnerability.js'
import type { Scanner, ScannerProgram } from '../../../ports/scanner.js'
import { countComponents, readReport } from './report.js'

const REPORT = 'report.json'
const PARTS = 'parts.json'

/** Where its database comes from and lies, not what it reports: that is decided by us alone. */
const DATABASES = ['GRYPE_DB_CACHE_DIR', 'GRYPE_DB_UPDATE_URL', 'GRYPE_DB_CA_CERT', 'XDG_CACHE_HOME']

/**
 * grype. Its report says when its database was built, but not how many packages it looked at: a list of those is
 * asked for beside it.
 */
export function grypeScanner({ offline, folder }: ScanDatabase, program: ScannerProgram): Scanner {
  return {
    name: 'grype',
    present: () => program.present(),
    async scan({ image, archive }) {
      const answer = await program.examine({
        image,
        argv: (room) => [`docker-archive:${archive}`, '--quiet', '--config', room.file('grype.yaml'), '--output', `json=${room.file(REPORT)}`, '--output', `cyclonedx-json=${room.file(PARTS)}`],
        env: {
          GRYPE_CHECK_FOR_APP_UPDATE: 'false',
          // Its age is judged by us: grype would only refuse to run.
          GRYPE_DB_VALIDATE_AGE: 'false',
          ...(offline ? { GRYPE_DB_AUTO_UPDATE: 'false' } : {}),
          ...(folder === undefined ? {} : { GRYPE_DB_CACHE_DIR: folder }),
        },
        inherit: DATABASES,
        files: { 'grype.yaml': 'check-for-app-update: false\n' },
        reports: [REPORT, PARTS],
        accept: [0],
      })
      const packages = program.read(answer.reports[PARTS], image, countComponents)
      return { scanner: 'grype', incomplete: [], packages, ...program.read(answer.reports[REPORT], image, readReport) }
    },
  }
}
