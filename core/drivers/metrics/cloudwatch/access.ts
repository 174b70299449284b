import { regionIn, type CloudWatchOptions } from '../../../domain/cloud-metrics.js'
import { InputError, type Problem } from '../../../errors/families.js'

export type Variables = Readonly<Record<string, string | undefined>>

/** How CloudWatch is reached. */
export interface Access {
  readonly region: string
  readonly endpoint?: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
  /** What must not be seen. */
  readonly secrets: readonly string[]
}

type Named = Pick<CloudWatchOptions, 'region' | 'endpoint' | 'credentials' | 'loadBalancer'>

/** From the configuration, and what it leaves out from the variables; all that is missing is said at once. */
export function accessOf(options: Named, env: Variables): Access {
  const problems: Problem[] = []
  const variable = (name: string, key: string): string => {
    const value = env[name] ?? ''
    if (value === '') problems.push({ code: 'environment-variable-missing', message: `The judge's counters come from CloudWatch, and \`${name}\` is not set.`, fix: `Set it in the \`env:\` of the step (aws-actions/configure-aws-credentials does), or name it as \`cloudwatch.${key}\`.` })
    return value
  }
  const session = env['AWS_SESSION_TOKEN'] ?? ''
  const credentials = options.credentials ?? {
    accessKeyId: variable('AWS_ACCESS_KEY_ID', 'access-key-id'), secretAccessKey: variable('AWS_SECRET_ACCESS_KEY', 'secret-access-key'),
    // Belongs to the key of the variables, never to one of the configuration.
    ...(session === '' ? {} : { sessionToken: session }),
  }
  const known = options.region ?? regionIn(options.loadBalancer) ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined)
  const region = known ?? variable('AWS_REGION', 'region')
  const [first, ...others] = problems
  if (first !== undefined) throw new InputError([first, ...others])
  const { secretAccessKey, sessionToken = '' } = { sessionToken: undefined, ...credentials }
  return {
    region, credentials, secrets: [secretAccessKey, sessionToken].filter((secret) => secret !== ''),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  }
}
