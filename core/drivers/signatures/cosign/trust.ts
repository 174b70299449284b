import path from 'node:path'
import { decodeText, list, object, optional, type Decoder } from '../../../domain/local-control/decode.js'
import { InputError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

const NO_SERVICES = '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}'
const NO_ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'

const some: Decoder<readonly unknown[] | undefined> = optional(list((value) => value))

interface Root {
  readonly tlogs?: readonly unknown[]
  readonly ctlogs?: readonly unknown[]
  readonly timestampAuthorities?: readonly unknown[]
}

const root = object<Root>({ tlogs: some, ctlogs: some, timestampAuthorities: some })

/** Files that cosign reads; none of them is secret. Gone when the work is over. */
export async function withFiles<T>(ambient: Ambient, work: (write: (name: string, content: string) => Promise<string>) => Promise<T>): Promise<T> {
  const folder = await ambient.files.temporary('ecluse-cosign-')
  try {
    return await work(async (name, content) => {
      const file = path.join(folder, name)
      await ambient.files.write(file, content)
      return file
    })
  } finally {
    await ambient.files.remove(folder)
  }
}

/**
 * What tells a certificate's own authority, and when it was used, each as flags: one set for each trust root that the file
 * holds (GitHub's has two, one a line). Without a file it is Sigstore's public one, whose log must know of the signature.
 */
export async function trustFlags(file: string | undefined, write: (name: string, content: string) => Promise<string>, ambient: Ambient): Promise<readonly (readonly string[])[]> {
  if (file === undefined) return [[]]
  const text = await ambient.files.text(path.resolve(ambient.paths.work, file))
  return Promise.all(rootsIn(text, file).map(async ({ source, has }, index) => {
    const flags = ['--trusted-root', await write(`root-${index}.json`, source)]
    if ((has.ctlogs ?? []).length === 0) flags.push('--insecure-ignore-sct')
    // Certificates live for minutes: somebody else than the signer must say when one was used.
    if ((has.tlogs ?? []).length === 0) flags.push('--insecure-ignore-tlog=true', '--use-signed-timestamps')
    return flags
  }))
}

function rootsIn(text: string, file: string): readonly { readonly source: string; readonly has: Root }[] {
  try {
    const sources = isJson(text) ? [text] : text.split('\n').filter((line) => line.trim() !== '')
    const roots = sources.map((source) => ({ source, has: decodeText(root, source, 'trusted-root') }))
    const silent = roots.every(({ has: { tlogs = [], timestampAuthorities = [] } }) => tlogs.length + timestampAuthorities.length === 0)
    if (roots.length === 0 || silent) throw new TypeError('it names neither a log nor an authority for timestamps, so nothing would tell when a certificate was used')
    return roots
  } catch (fault) {
    throw new InputError([{ code: 'config-invalid', message: `The file \`${file}\`, which \`trusted-root\` names, is no trust root: ${messageOf(fault)}.`, fix: 'Make it with `cosign trusted-root create` or `gh attestation trusted-root`.' }])
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** For a key: signed here and now, with no service of anybody asked or told. */
export async function alone(write: (name: string, content: string) => Promise<string>): Promise<readonly string[]> {
  return ['--signing-config', await write('services.json', NO_SERVICES), ...(await nobody(write))]
}

/** A root without anybody in it: with a key nobody needs to be fetched and trusted. */
export async function nobody(write: (name: string, content: string) => Promise<string>): Promise<readonly string[]> {
  return ['--trusted-root', await write('root.json', NO_ROOT)]
}
