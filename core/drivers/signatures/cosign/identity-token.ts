import { decodeText, object, optional, text } from '../../../domain/local-control/decode.js'
import { RemoteError, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

/** Where this job's identity comes from, by the runner's own variables. */
export interface IdentitySource {
  /** A token that is there already. */
  readonly token?: string
  /** GitHub gives one when asked. */
  readonly request?: { readonly url: string; readonly token: string }
}

export function identitySource(env: Readonly<Record<string, string | undefined>>): IdentitySource {
  const [token = '', url = '', asking = ''] = [env['SIGSTORE_ID_TOKEN'], env['ACTIONS_ID_TOKEN_REQUEST_URL'], env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']]
  return { ...(token === '' ? {} : { token }), ...(url === '' || asking === '' ? {} : { request: { url, token: asking } }) }
}

export interface Identity {
  readonly token: string
  readonly issuer: string
  /** What the certificate will name, where that is known beforehand. */
  readonly subject?: string
}

interface Claims {
  readonly iss: string
  readonly email?: string
  readonly job_workflow_ref?: string
}

const claims = object<Claims>({ iss: text, email: optional(text), job_workflow_ref: optional(text) })

const ASK_MS = 20_000

/** The identity of this job. Without one cosign would ask somebody in a browser. */
export async function identityOf({ token, request }: IdentitySource, ambient: Ambient): Promise<Identity> {
  const given = token ?? (request === undefined ? undefined : await asked(request, ambient))
  if (given === undefined) {
    throw new StateError('signing-failed', {
      message: 'Could not sign without a key: this job has no identity to sign with.',
      fix: 'Grant `id-token: write` in `permissions:` of the job, or set `build.sign` to a key.',
    })
  }
  ambient.mask(given)
  const [, body = ''] = given.split('.')
  try {
    const { iss, email, job_workflow_ref: workflow } = decodeText(claims, Buffer.from(body, 'base64url').toString('utf8'), 'claims')
    const subject = workflow === undefined ? email : `https://github.com/${workflow}`
    return { token: given, issuer: iss, ...(subject === undefined ? {} : { subject }) }
  } catch (fault) {
    // Never with its text, which is most of a secret.
    throw new StateError('signing-failed', { message: 'Could not read the identity token of this job: it is no JSON web token that names its issuer.', fix: 'Correct `SIGSTORE_ID_TOKEN`, or take it out.', cause: fault instanceof TypeError ? undefined : fault })
  }
}

async function asked({ url, token }: NonNullable<IdentitySource['request']>, ambient: Ambient): Promise<string> {
  const what = 'ask GitHub for the identity of this job'
  const answer = await ambient.http.request({ what, method: 'GET', url: `${url}&audience=sigstore`, headers: { authorization: `bearer ${token}`, accept: 'application/json' }, timeoutMs: ASK_MS, retries: 3 })
  try {
    return decodeText(object<{ value: string }>({ value: text }), answer.body, 'answer').value
  } catch {
    throw new RemoteError('signing-failed', { message: `Could not ${what}: it answered with status ${answer.status}.`, fix: 'Grant `id-token: write` in `permissions:` of the job.', service: 'GitHub', operation: what, status: answer.status })
  }
}
