import { StateError } from '../../../errors/families.js'
import type { DatabaseTraits } from '../../../ports/database.js'
import { ask, identifier, literal } from './psql.js'
import { asking, type Server } from './server.js'

/** Of what decides how text sorts and compares. */
const TELLING = ['encoding', 'collate', 'ctype', 'provider', 'locale', 'rules'] as const

/** Encoding and locale of the real database, or of another one there. Columns differ by major version. */
export async function readTraits(server: Server, database?: string): Promise<DatabaseTraits> {
  const [row] = await ask(asking(server), {
    what: 'read the locale of',
    code: 'database-refused',
    sql: `SELECT json_build_array(pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, t.spcname, coalesce(j->>'datlocprovider', 'c'),
      coalesce(j->>'datlocale', j->>'daticulocale', ''), coalesce(j->>'daticurules', ''))
      FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, to_jsonb(d) j WHERE d.datname = ${database === undefined ? 'current_database()' : literal(database)};`,
  })
  const [encoding = '', collate = '', ctype = '', tablespace = '', provider = '', locale = '', rules = ''] = row ?? []
  return { encoding, collate, ctype, provider, locale, rules, tablespace }
}

/** A copy that sorts otherwise gives other answers, and its rows are equal all the same. */
export async function assertAlike(server: Server, copy: string): Promise<void> {
  const [real, made] = [await readTraits(server), await readTraits(server, copy)]
  // That it is gone is told by whoever renames it.
  if (made.encoding === '') return
  const other = TELLING.filter((trait) => real[trait] !== made[trait]).map((trait) => `${trait} "${made[trait]}" instead of "${real[trait]}"`)
  if (other.length === 0) return
  throw new StateError('database-refused', {
    message: `Could not put \`${copy}\` in the place of \`${server.address.label}\`: it has ${other.join(', ')}, so that text would sort and compare otherwise.`,
    fix: 'Restore it again: the copy is made as the database is then. If it differs again, look what `template0` of the server is like.',
  })
}

/** Encoding and locale as the real one has them: text sorts and compares alike. */
export function createStatement(name: string, traits: DatabaseTraits, major: number): string {
  const { encoding, collate, ctype, provider, locale, rules, tablespace } = traits
  return [
    `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`,
    // Else it is that of `template0`.
    ...(provider === 'c' && major >= 15 ? ['LOCALE_PROVIDER libc'] : []),
    ...(provider === 'i' ? [`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}`] : []),
    ...(provider === 'b' ? [`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale)}`] : []),
    ...(rules === '' ? [] : [`ICU_RULES ${literal(rules)}`]),
    // The default one need not be named, and naming it takes a right that few users have.
    ...(tablespace === 'pg_default' ? [] : [`TABLESPACE ${identifier(tablespace)}`]),
  ].join(' ')
}
