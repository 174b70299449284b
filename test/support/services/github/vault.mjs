// The key pair that secrets are sealed for. Only the server can open them.

export async function createVault() {
  const { default: sodium } = await import('libsodium-wrappers')
  await sodium.ready
  const { publicKey, privateKey } = sodium.crypto_box_keypair()
  const keyId = '3380204578043523366'
  return {
    keyId,
    publicKey: Buffer.from(publicKey).toString('base64'),
    seal: (value) => Buffer.from(sodium.crypto_box_seal(value, publicKey)).toString('base64'),
    /** `undefined`: it was sealed for another key, or not at all. */
    open: (sealed) => {
      try {
        return Buffer.from(sodium.crypto_box_seal_open(Buffer.from(sealed, 'base64'), publicKey, privateKey)).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
