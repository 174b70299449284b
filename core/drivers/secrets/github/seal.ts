import type Sodium from 'libsodium-wrappers'

let loading: Promise<typeof Sodium> | undefined

/** The library loads, and its code is made ready, when something is first sealed. */
async function sodium(): Promise<typeof Sodium> {
  loading ??= (async () => {
    const { default: loaded } = await import('libsodium-wrappers')
    await loaded.ready
    return loaded
  })()
  return loading
}

/** Seals a value so that only GitHub can open it: the base64 of a `crypto_box_seal` for its public key, also base64. */
export async function sealed(value: string, publicKey: string): Promise<string> {
  const library = await sodium()
  const { ORIGINAL } = library.base64_variants
  const message = library.from_string(value)
  try {
    return library.to_base64(library.crypto_box_seal(message, library.from_base64(publicKey, ORIGINAL)), ORIGINAL)
  } finally {
    library.memzero(message)
  }
}
