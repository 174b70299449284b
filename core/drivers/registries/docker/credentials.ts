import { decodeText, object, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'
import { EcluseError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

const HELPER_MS = 10_000
const HUB_KEY = 'https://index.docker.io/v1/'
const HELPER = /^[A-Za-z0-9._-]+$/

interface Settings {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly credsStore?: string
}

const nullable = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null ? undefined : optional(item)(value, at))
const settings = object<Settings>({
  auths: nullable(record(object<{ auth?: string; identitytoken?: string }>({ auth: optional(text), identitytoken: optional(text) }))), credHelpers: nullable(record(text)), credsStore: optional(text),
})
const answer = object<{ Username: string; Secret: string }>({ Username: text, Secret: text })

/**
 * What docker would log in to a registry with: `user:password` in base64, `none`, or `unknown` where it is of a kind that only
 * docker itself can use.
 */
export async function credentialsFor(registry: string, folder: string | undefined, ambient: Ambient): Promise<{ readonly basic: string } | 'none' | 'unknown'> {
  const { files, process } = ambient
  if (folder === undefined) return 'unknown'
  try {
    const source = await files.textIfThere(`${folder}/config.json`)
    if (source === undefined) return 'none'
    const { auths, credHelpers, credsStore } = decodeText(settings, source, 'config.json')
    const key = registry === 'docker.io' ? HUB_KEY : registry
    const helper = credHelpers?.[key] ?? credsStore ?? ''
    if (helper === '') {
      const entry = auths?.[key]
      if (entry?.identitytoken !== undefined && entry.identitytoken !== '') return 'unknown'
      return entry?.auth === undefined || entry.auth === '' ? 'none' : { basic: entry.auth }
    }
    if (!HELPER.test(helper)) return 'unknown'
    const { stdout } = await process.run({ what: `ask docker's credentials for \`${registry}\``, argv: [`docker-credential-${helper}`, 'get'], inherit: ['*'], stdin: key, timeoutMs: HELPER_MS })
    const { Username: user, Secret: secret } = decodeText(answer, stdout, 'credentials')
    ambient.mask(secret)
    // A token in place of a password is exchanged in a way of its own.
    return user === '<token>' ? 'unknown' : user === '' ? 'none' : { basic: Buffer.from(`${user}:${secret}`).toString('base64') }
  } catch (thrown) {
    if (thrown instanceof EcluseError && thrown.code === 'aborted') throw thrown
    return 'unknown'
  }
}
