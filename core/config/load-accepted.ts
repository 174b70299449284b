import { z } from 'zod'
import type { Accepted } from '../domain/vulnerability.js'
import type { Problem } from '../errors/families.js'
import { readSource, valuesOf, type KeyPath, type Source } from './document.js'
import { problemsOf, type Places } from './problems.js'
import { USUAL_IGNORE_FILE, type ScanFile } from './schema-scan.js'
import { text } from './words.js'

const DATE = 'the last day on which it is accepted, as `2026-12-31`'

const acceptedSchema = z.array(z.strictObject({
  id: text('Any name of the vulnerability.', 'CVE-2026-1234'),
  package: text('Only in this package.', 'openssl').optional(),
  until: z.string({ error: DATE }).refine(isDate, { error: DATE }),
  because: text('Why, for those who read it later.', 'no caller reaches it'),
}), { error: 'a list of `{ id, until, because }`' })

function isDate(written: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(written) ? Date.parse(`${written}T00:00:00Z`) : Number.NaN
  // A 30th of February would count as the 2nd of March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(written)
}

interface Asked {
  readonly files: { textIfThere(path: string): Promise<string | undefined> }
  /** The file `ecluse.yml`, absolute. */
  readonly path: string
}

interface Read {
  readonly accepted: readonly Accepted[]
  readonly problems: readonly Problem[]
}

/** What the ignore file of the gate says. Every entry has a last day, or the file is wrong; whether that is over is not known here. */
export async function loadAccepted(file: ScanFile | undefined, { files, path }: Asked, places: Places): Promise<Read> {
  if (file === undefined || file === 'none') return { accepted: [], problems: [] }
  const named = typeof file === 'string' ? undefined : file.ignore
  const name = named ?? USUAL_IGNORE_FILE
  const place = name.startsWith('/') ? name : `${path.slice(0, path.lastIndexOf('/'))}/${name}`
  const content = await files.textIfThere(place)
  if (content !== undefined) return readAccepted(name, content)
  if (named === undefined) return { accepted: [], problems: [] }
  const at = ['scan', 'ignore']
  return { accepted: [], problems: [{ code: 'config-missing', message: `${places.at(at)}: \`${places.name(at)}\` names ${named}, and there is no such file.`, fix: 'Create it, or take the key out.' }] }
}

export function readAccepted(name: string, content: string): Read {
  const { source, problems } = readSource(name, content)
  if (problems.length > 0) return { accepted: [], problems }
  const raw = valuesOf(source)
  if (raw === undefined) return { accepted: [], problems: [{ code: 'config-invalid', message: `${name}:1:1: the file's aliases multiply it beyond reason.`, fix: 'Write it out.' }] }
  // An empty file accepts nothing, which is a thing to say.
  const value = raw.value ?? []
  const parsed = acceptedSchema.safeParse(value)
  if (!parsed.success) return { accepted: [], problems: problemsOf(parsed.error, acceptedSchema, value, placesIn(source)) }
  const accepted = parsed.data.map(({ package: inPackage, ...entry }, index): Accepted => ({
    ...entry, ...(inPackage === undefined ? {} : { package: inPackage }), at: source.at([index]),
  }))
  return { accepted, problems: [] }
}

function placesIn(source: Source): Places {
  const nameOf = ([index, ...rest]: KeyPath): string => (index === undefined ? 'the file' : rest.length === 0 ? `entry ${Number(index) + 1}` : rest.join('.'))
  return { at: (path) => source.at(path), name: nameOf, hide: (said) => said }
}
