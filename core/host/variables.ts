import type { Problem } from '../errors/families.js'
import { parseDotenv } from './dotenv.js'
import type { Face, SecretFields } from './faces/face.js'
import { passwordsIn } from './secrets.js'

export type Variables = Readonly<Record<string, string>>

/** The environment with what `ECLUSE_ENV` adds, which wins: it was handed over for this. */
export function withEcluseEnv(own: Readonly<Record<string, string | undefined>>): { readonly env: Variables; readonly added: Variables; readonly problems: readonly Problem[] } {
  const env = Object.fromEntries(Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const { variables, problems } = parseDotenv(env['ECLUSE_ENV'] ?? '')
  return { env: { ...env, ...variables }, added: variables, problems }
}

/** A word that is a choice of two: to hide it would take it out of every file name. */
const SWITCHES: ReadonlySet<string> = new Set(['ECLUSE_LOG', 'OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'])

/** Before anything else is done or said. */
export function hideSecrets(face: Face, fields: SecretFields, env: Variables, added: Variables): void {
  for (const [name, value] of Object.entries(added)) if (!SWITCHES.has(name)) face.hide(value)
  for (const [input, value] of Object.entries(face.raw)) if (fields[input]?.secret) face.hide(value)
  for (const text of [...Object.values(face.raw), ...Object.values(env)]) for (const password of passwordsIn(text)) face.hide(password)
}
