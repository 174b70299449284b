// Puts images into a registry by its own API.
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from './layer.mjs'

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

const ask = async (url, options) => {
  const response = await fetch(url, options)
  if (response.ok) return response
  throw new Error(`The registry answered ${response.status} to ${options.method} ${url}: ${await response.text()}`)
}

export const hasBlob = async (registry, repository, digest) => (await fetch(`http://${registry}/v2/${repository}/blobs/${digest}`, { method: 'HEAD' })).ok

export const putBlob = async (registry, repository, blob, digest = sha256(blob)) => {
  if (await hasBlob(registry, repository, digest)) return
  const begun = await ask(`http://${registry}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
  await begun.arrayBuffer()
  const place = new URL(begun.headers.get('location'), `http://${registry}`)
  place.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.length) }
  await ask(place, { method: 'PUT', headers, body: blob })
}

// The registry empties the note of a blob or a manifest before it writes it anew: who puts the same one at that moment takes it
// away from us.
const TRIES = 5
const AGAIN_MS = 100

/** Takes a blob over from another repository of the same registry, without sending it. */
export const mountBlob = async (registry, repository, digest, from, tries = TRIES) => {
  const query = new URLSearchParams({ mount: digest, from })
  const response = await ask(`http://${registry}/v2/${repository}/blobs/uploads/?${query}`, { method: 'POST' })
  if (response.status === 201) return
  if (tries === 1) throw new Error(`The registry has no ${digest} in ${from}.`)
  await sleep(AGAIN_MS)
  await mountBlob(registry, repository, digest, from, tries - 1)
}

/** `layers` are there already. Gives the image's digest. */
export const putImage = async (registry, { repository, tags, config, layers }) => {
  const document = Buffer.from(JSON.stringify(config))
  await putBlob(registry, repository, document)
  const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: sha256(document), size: document.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  }))
  const digest = sha256(manifest)
  for (const reference of [digest, ...tags]) {
    const url = `http://${registry}/v2/${repository}/manifests/${reference}`
    // Put again, it would not be there for a moment, and an engine may be fetching it.
    if ((await manifestAt(url)) !== digest) await putManifest(url, manifest)
  }
  return digest
}

const manifestAt = async (url) => (await fetch(url, { method: 'HEAD', headers: { accept: types.manifest } })).headers.get('docker-content-digest')

const putManifest = async (url, manifest, tries = TRIES) => {
  try {
    await ask(url, { method: 'PUT', headers: { 'content-type': types.manifest }, body: manifest })
  } catch (fault) {
    if (tries === 1 || !fault.message.includes('MANIFEST_BLOB_UNKNOWN')) throw fault
    await sleep(AGAIN_MS)
    await putManifest(url, manifest, tries - 1)
  }
}
