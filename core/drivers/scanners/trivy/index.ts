import type { ScanDatabase } from '../../../domain/vulnerability.js'
import type { Scanner, ScannerProgram } from '../../../ports/scanner.js'
import { readReport, readVersion } from './report.js'

const REPORT = 'report.json'

/** Where its databases come from and lie, not what it reports: that is decided by us alone. */
const DATABASES = ['TRIVY_CACHE_DIR', 'TRIVY_DB_REPOSITORY', 'TRIVY_JAVA_DB_REPOSITORY', 'TRIVY_USERNAME', 'TRIVY_PASSWORD', 'DOCKER_CONFIG', 'XDG_CACHE_HOME']

/** trivy. Its report does not say how old its database is: it is asked for that afterwards, when it may have fetched one. */
export function trivyScanner({ offline, folder }: ScanDatabase, program: ScannerProgram): Scanner {
  const cache = folder === undefined ? [] : ['--cache-dir', folder]
  return {
    name: 'trivy',
    present: () => program.present(),
    async scan({ image, archive }) {
      const answer = await program.examine({
        image,
        argv: (room) => [
          'image', '--input', archive, '--format', 'json', '--output', room.file(REPORT), '--scanners', 'vuln', '--list-all-pkgs', '--exit-code', '0', '--quiet', '--timeout', '15m',
          '--config', room.file('trivy.yaml'), '--ignorefile', room.file('nothing-ignored'),
          ...cache, ...(offline ? ['--offline-scan', '--skip-db-update', '--skip-java-db-update'] : []),
        ],
        inherit: DATABASES,
        files: { 'trivy.yaml': '{}\n', 'nothing-ignored': '' },
        reports: [REPORT],
        accept: [0],
      })
      const about = program.read(await program.ask(['version', '--format', 'json', ...cache], DATABASES), image, readVersion)
      return { scanner: 'trivy', incomplete: [], ...about, ...program.read(answer.reports[REPORT], image, readReport) }
    },
  }
}
