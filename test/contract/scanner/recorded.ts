/** Stand-ins for scanners that are not to be had here: they give reports in the form that the real ones document. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ScanTarget } from '../../../core/ports/scanner.js'
import { programNamed, temporaryFolder } from './lab.js'

const fixtures = path.resolve('test', 'fixtures', 'scanners')

/** An "archive" that only says which report is to be given. */
export async function standInTarget(kind: string): Promise<ScanTarget> {
  const archive = path.join(await temporaryFolder(), 'image.tar')
  await writeFile(archive, kind)
  return { image: `registry.example/shop@sha256:${'0'.repeat(64)}`, archive }
}

/** Written into the stand-in's own folder with every call: how it was called. */
export interface Called {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly here: readonly string[]
}

const NOTE = `
const calls = require('node:path').join(require('node:path').dirname(process.argv[1]), 'calls')
appendFileSync(calls, JSON.stringify({ argv, env: process.env, here: require('node:fs').readdirSync('.') }) + '\\n')
const after = (flag) => argv[argv.indexOf(flag) + 1]
const recorded = (name) => JSON.parse(readFileSync(${JSON.stringify(fixtures)} + '/' + name, 'utf8'))
const write = (file, value) => writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
`

export const grypeStandIn = (): Promise<string> => programNamed('grype', `${NOTE}
const kind = readFileSync(argv[0].replace(/^docker-archive:/, ''), 'utf8')
if (kind === 'broken') { console.error('[0000] ERROR failed to catalog: unable to load image'); process.exit(1) }
const report = recorded('grype/vulnerable.json')
const outputs = Object.fromEntries(argv.flatMap((flag, at) => flag === '--output' ? [argv[at + 1].split('=')] : []))
const names = { vulnerable: ['lodash', 'left-pad'], clean: ['left-pad'], bare: [], odd: ['x'] }[kind]
if (kind !== 'odd') write(outputs['json'], kind === 'vulnerable' ? report : { ...report, matches: [] })
else write(outputs['json'], '{"matches":[{"vulnerability":{}}]}')
write(outputs['cyclonedx-json'], { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'operating-system', name: 'debian' }, { type: 'file', name: '/app/x' }, ...names.map((name) => ({ type: 'library', name }))] })
`)

export const trivyStandIn = (): Promise<string> => programNamed('trivy', `${NOTE}
if (argv[0] === 'version') { console.log(JSON.stringify(recorded('trivy/version.json'))); process.exit(0) }
const kind = readFileSync(after('--input'), 'utf8')
if (kind === 'broken') { console.error('FATAL Fatal error image scan error: unable to open as a tar'); process.exit(1) }
const report = recorded('trivy/vulnerable.json')
const [result] = report.Results
const clean = { ...result, Packages: result.Packages.filter(({ Name }) => Name === 'left-pad'), Vulnerabilities: undefined }
write(after('--output'), kind === 'odd' ? '{"SchemaVersion":3}' : { ...report, Results: { vulnerable: report.Results, clean: [clean], bare: undefined }[kind] })
`)
