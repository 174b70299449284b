import { z } from 'zod'
import { scannerNames, severities, type Accepted, type ScanPolicy } from '../domain/vulnerability.js'
import type { Problem } from '../errors/families.js'
import { isMapping } from './extends.js'
import type { Places } from './problems.js'
import { choice, duration, formed, milliseconds, text, yesNo } from './words.js'

const scannerChoice = choice('Which scanner; it must be installed.', scannerNames)

const mapping = z.strictObject({
  with: scannerChoice,
  'fail-on': choice('This severity and worse ones fail the build, and so does a vulnerability that has none.', severities, 'high').optional(),
  ignore: text('File with vulnerabilities that are accepted until a date, beside `ecluse.yml`. Default: `.ecluse-ignore.yml`, when it is there.', '.ecluse-ignore.yml').optional(),
  'database-max-age': duration('An older database is no pass.', '7d').optional(),
  offline: yesNo('Use the database on the disk and fetch or ask nothing.', false).optional(),
  database: text("Folder of the scanner's databases. Default: its own. osv-scanner needs it with `offline`.", '/var/cache/osv').optional(),
})

const FORM = `\`none\`, ${scannerNames.map((name) => `\`${name}\``).join(', ')}, or a mapping with \`with\``
const word = formed(new RegExp(`^(none|${scannerNames.join('|')})$`), FORM, { description: 'Which scanner; it must be installed.' })

export const scanSchema = z.union([word, mapping], { error: FORM })
  .meta({ description: 'A gate for known vulnerabilities: the scanner that looks, alone or with more to say. Default: `none`.', examples: ['grype', { with: 'osv-scanner', 'fail-on': 'high' }], default: 'none' })

export type ScanFile = z.infer<typeof scanSchema>

/** What a build says of it, as far as that is right, whatever else is wrong there. */
export function scanIn(build: unknown): ScanFile | undefined {
  const parsed = scanSchema.safeParse(isMapping(build) ? build['scan'] : undefined)
  return parsed.success ? parsed.data : undefined
}

export const USUAL_IGNORE_FILE = '.ecluse-ignore.yml'

/** The gate, with its defaults; `undefined` when there is none. */
export function scanOf(file: ScanFile | undefined, accepted: readonly Accepted[]): ScanPolicy | undefined {
  if (file === undefined || file === 'none') return undefined
  const said: z.infer<typeof mapping> = typeof file === 'string' ? mapping.parse({ with: file }) : file
  return {
    scanner: said.with,
    failOn: said['fail-on'] ?? 'high',
    accepted,
    ignoreFile: said.ignore ?? USUAL_IGNORE_FILE,
    maxAgeMs: milliseconds(said['database-max-age'] ?? '7d'),
    database: { offline: said.offline ?? false, ...(said.database === undefined ? {} : { folder: said.database }) },
  }
}

/** Its databases have no date but that of their files: we must know where those are. */
export function scanProblems(file: ScanFile | undefined, places: Places): readonly Problem[] {
  if (typeof file !== 'object' || file.with !== 'osv-scanner' || file.offline !== true || file.database !== undefined) return []
  const path = ['scan', 'offline']
  return [{ code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is set for osv-scanner, and \`database\` is not.`, fix: 'Name the folder of its databases with `database`: their age is that of their files.' }]
}
