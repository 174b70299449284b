import type { S3Options } from '../../../domain/backup.js'
import { InputError, type Problem } from '../../../errors/families.js'

export type Variables = Readonly<Record<string, string | undefined>>

/** How a bucket is reached. */
export interface Access {
  readonly region: string
  readonly endpoint?: string
  readonly pathStyle: boolean
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
  /** What must not be seen. */
  readonly secrets: readonly string[]
}

/** What stores that are not AWS take where they have no regions. */
const ANY_REGION = 'us-east-1'

/** From the configuration, and what it leaves out from the variables; all that is missing is said at once. */
export function accessOf(options: S3Options, env: Variables): Access {
  const problems: Problem[] = []
  const variable = (name: string, key: string): string => {
    const value = env[name] ?? ''
    if (value === '') problems.push({ code: 'environment-variable-missing', message: `Backups are kept in the bucket \`${options.bucket}\`, and \`${name}\` is not set.`, fix: `Set it in the \`env:\` of the step, or name it as \`s3.${key}\` of the store.` })
    return value
  }
  const credentials = options.credentials ?? {
    accessKeyId: variable('AWS_ACCESS_KEY_ID', 'access-key-id'), secretAccessKey: variable('AWS_SECRET_ACCESS_KEY', 'secret-access-key'), ...sessionOf(env),
  }
  const known = options.region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || (options.endpoint === undefined ? undefined : ANY_REGION))
  const region = known ?? variable('AWS_REGION', 'region')
  const [first, ...others] = problems
  if (first !== undefined) throw new InputError([first, ...others])
  const { secretAccessKey, sessionToken = '' } = { sessionToken: undefined, ...credentials }
  return {
    region, pathStyle: options.pathStyle, credentials, secrets: [secretAccessKey, sessionToken].filter((secret) => secret !== ''),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  }
}

/** Belongs to the key of the variables, never to one of the configuration. */
function sessionOf(env: Variables): { readonly sessionToken?: string } {
  const sessionToken = env['AWS_SESSION_TOKEN'] ?? ''
  return sessionToken === '' ? {} : { sessionToken }
}
