import { decodeText, list, object, optional, record, text } from '../../../domain/local-control/decode.js'
import { PROVENANCE } from '../../../domain/signature.js'

interface Provenance {
  readonly predicateType: string
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[]
  readonly predicate: { readonly buildDefinition?: { readonly externalParameters?: { readonly workflow?: Workflow } } }
}

interface Workflow {
  readonly ref?: string
  readonly repository?: string
  readonly path?: string
}

const maybe = optional(text)
const workflow = object<Workflow>({ ref: maybe, repository: maybe, path: maybe })
const definition = object<{ externalParameters?: { workflow?: Workflow } }>({ externalParameters: optional(object<{ workflow?: Workflow }>({ workflow: optional(workflow) })) })
const provenance = object<Provenance>({
  predicateType: text,
  subject: list(object<{ digest: Readonly<Record<string, string>> }>({ digest: record(text) })),
  predicate: object<Provenance['predicate']>({ buildDefinition: optional(definition) }),
})

/** Which workflow built the image, of the verified attestations that `verify-attestation` prints; `undefined` when none is of this digest. */
export function builderIn(stdout: string, digest: string): string | undefined {
  for (const line of stdout.split('\n').filter((one) => one.startsWith('{'))) {
    const { payload } = decodeText(object<{ payload: string }>({ payload: text }), line, 'attestation')
    const { predicateType, subject, predicate } = decodeText(provenance, Buffer.from(payload, 'base64').toString('utf8'), 'statement')
    if (predicateType !== PROVENANCE || !subject.some(({ digest: { sha256 } }) => `sha256:${sha256}` === digest)) continue
    const { path = 'a workflow', ref, repository = 'GitHub' } = predicate.buildDefinition?.externalParameters?.workflow ?? {}
    return `${path}${ref === undefined ? '' : `@${ref}`} of ${repository}`
  }
  return undefined
}
