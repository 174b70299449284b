import type { DatabaseTraits } from '../../../ports/database.js'
import { ask, identifier, literal } from './psql.js'
import { asking, type Server } from './server.js'

/** Encoding and locale of the real database. Columns differ by major version. */
export async function readTraits(server: Server): Promise<DatabaseTraits> {
  const [row] = await ask(asking(server), {
    what: 'read the locale of',
    code: 'database-refused',
    sql: `SELECT json_build_array(pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, t.spcname, coalesce(j->>'datlocprovider', 'c'),
      coalesce(j->>'datlocale', j->>'daticulocale', ''), coalesce(j->>'daticurules', ''))
      FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, to_jsonb(d) j WHERE d.datname = current_database();`,
  })
  const [encoding = '', collate = '', ctype = '', tablespace = '', provider = '', locale = '', rules = ''] = row ?? []
  return { encoding, collate, ctype, provider, locale, rules, tablespace }
}

/** Encoding and locale as the real one has them: text sorts and compares alike. */
export function createStatement(name: string, traits: DatabaseTraits): string {
  const { encoding, collate, ctype, provider, locale, rules, tablespace } = traits
  return [
    `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`,
    ...(provider === 'i' ? [`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}`] : []),
    ...(provider === 'b' ? [`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale)}`] : []),
    ...(rules === '' ? [] : [`ICU_RULES ${literal(rules)}`]),
    // The default one need not be named, and naming it takes a right that few users have.
    ...(tablespace === 'pg_default' ? [] : [`TABLESPACE ${identifier(tablespace)}`]),
  ].join(' ')
}
