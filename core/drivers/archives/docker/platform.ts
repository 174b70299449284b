import { extract, type Extract } from 'tar-stream'
import { decodeText, list, object, optional, text } from '../../../domain/local-control/decode.js'
import { messageOf } from '../../../errors/families.js'
import type { Files } from '../../../ports/files.js'

const images = list(object<{ readonly Config: string }>({ Config: text }))

interface Made {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

const made = object<Made>({ os: text, architecture: text, variant: optional(text) })

/** What the images of an archive say which platform they are for; `{ why }` where that can't be read. */
export async function platformsIn(file: string, files: Pick<Files, 'stream'>): Promise<readonly string[] | { readonly why: string }> {
  try {
    const configs = decodeText(images, await entry('manifest.json', file, files), 'manifest.json').map(({ Config }) => Config)
    const found: string[] = []
    for (const config of configs) {
      const { os, architecture, variant = '' } = decodeText(made, await entry(config, file, files), config)
      found.push([os, architecture, variant].filter((part) => part !== '').join('/'))
    }
    return found
  } catch (thrown) {
    return { why: messageOf(thrown) }
  }
}

/** Where only one of both names a variant, as of `linux/arm64`, that is no difference. */
export function isFor(platform: string, found: string): boolean {
  return found === platform || found.startsWith(`${platform}/`) || platform.startsWith(`${found}/`)
}

async function entry(name: string, file: string, files: Pick<Files, 'stream'>): Promise<string> {
  const archive = extract()
  archive.on('error', () => undefined)
  const pour = async (): Promise<void> => {
    for await (const chunk of files.stream(file)) {
      if (archive.destroyed) return
      if (!archive.write(chunk)) await room(archive)
    }
    archive.end(undefined)
  }
  const pouring = pour().catch((thrown: unknown) => {
    archive.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
  })
  try {
    for await (const part of archive) {
      if (part.header.name === name) {
        const chunks: Uint8Array[] = []
        for await (const chunk of part) if (chunk instanceof Uint8Array) chunks.push(chunk)
        return Buffer.concat(chunks).toString('utf8')
      }
      part.resume()
    }
  } finally {
    archive.destroy()
    await pouring
  }
  throw new TypeError(`there is no \`${name}\` in it`)
}

function room(archive: Extract): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      archive.off('drain', go).off('close', go)
      resolve()
    }
    archive.on('drain', go).on('close', go)
  })
}
