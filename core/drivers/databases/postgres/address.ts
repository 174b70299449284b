import { InputError, type Problem } from '../../../errors/families.js'

/** Where a database is and how it is reached, as environment variables: libpq reads them, and `ps` does not show them. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly env: Readonly<Record<string, string>>
  /** `host:port/database`, for people. */
  readonly label: string
  /** Never to be shown. */
  readonly secrets: readonly string[]
}

/** What libpq takes in an address and from its environment alike. */
const PARAMETERS: Readonly<Record<string, string>> = {
  application_name: 'PGAPPNAME',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  gssencmode: 'PGGSSENCMODE',
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  options: 'PGOPTIONS',
  port: 'PGPORT',
  require_auth: 'PGREQUIREAUTH',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  sslcert: 'PGSSLCERT',
  sslcrl: 'PGSSLCRL',
  sslkey: 'PGSSLKEY',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslsni: 'PGSSLSNI',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
}

/** The same on every machine: what its owner keeps in password and service files has no say, and messages are in English. */
const FIXED: Readonly<Record<string, string>> = {
  PGPASSFILE: '/dev/null/none',
  PGSERVICEFILE: '/dev/null/none',
  PGSYSCONFDIR: '/dev/null/none',
  LC_ALL: 'C',
}

/** Reads `postgres://user:password@host:5432/name?sslmode=…`; nothing of it is quoted in a message but names of parameters. */
export function addressOf(url: string, label?: string): Address {
  const parts = /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined
  if (parts === undefined || parts.hash !== '') throw refused([{ code: 'input-invalid', message: 'The address of the database can not be read.' }])
  const unknown = [...parts.searchParams.keys()].filter((name) => !Object.hasOwn(PARAMETERS, name))
  if (unknown.length > 0) throw refused(unknown.map(unsupported))
  const given = Object.fromEntries([...parts.searchParams].map(([name, value]) => [PARAMETERS[name]!, value]))
  const host = given['PGHOST'] ?? decoded(parts.hostname.replace(/^\[(.*)\]$/, '$1'))
  const port = given['PGPORT'] ?? (parts.port === '' ? '5432' : parts.port)
  const database = decoded(parts.pathname.replace(/^\//, ''))
  const problems = [
    ...(host === '' ? ['It names no host.'] : []),
    ...(/^\d{1,5}$/.test(port) ? [] : ['Its port is not a number.']),
    ...(database === '' ? ['It names no database.'] : []),
    ...(parts.username === '' ? ['It names no user.'] : []),
  ]
  if (problems.length > 0) throw refused(problems.map((why) => ({ code: 'input-invalid', message: `The address of the database is not complete. ${why}` })))
  const password = decoded(parts.password)
  return {
    host,
    port: Number(port),
    database,
    label: label ?? `${host}:${port}/${database}`,
    secrets: [...new Set([password, parts.password])].filter((secret) => secret !== ''),
    env: {
      PGCONNECT_TIMEOUT: '10',
      PGAPPNAME: 'ecluse',
      ...given,
      PGHOST: host,
      PGPORT: port,
      PGUSER: decoded(parts.username),
      PGDATABASE: database,
      ...(password === '' ? {} : { PGPASSWORD: password }),
      ...FIXED,
    },
  }
}

/** Takes the password out of what a program or server said. */
export function withoutSecrets(address: Pick<Address, 'secrets'>, text: string): string {
  return address.secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

function unsupported(name: string): Problem {
  return { code: 'input-invalid', message: `The address of the database has the parameter \`${name}\`, which PostgreSQL's own client does not take from an address here.` }
}

function refused(problems: readonly Problem[]): InputError {
  const [first, ...rest] = problems.map((problem) => ({
    fix: `Write it as \`postgres://user:password@host:5432/name\`, special characters percent-encoded, with no parameter but ${Object.keys(PARAMETERS).join(', ')}.`,
    ...problem,
  }))
  return new InputError([first!, ...rest])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused([{ code: 'input-invalid', message: 'The address of the database has a percent sign that begins no escape.' }])
  }
}
