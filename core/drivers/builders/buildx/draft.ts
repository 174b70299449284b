import type { Ambient } from '../../../ports/ambient.js'
import type { Input } from './input.js'

/** A folder of ours for one build: what the engine reads beside the context, and what it says at the end. */
export interface Draft {
  readonly dockerfile: string
  readonly metadata: string
}

/**
 * The very Dockerfile that the content key was counted over, with ignore rules that leave our own folders out. The engine takes the
 * rules that lie beside a Dockerfile before those of the context.
 */
export async function withDraft<T>({ name, text, ignoreText }: Input, ambient: Ambient, work: (draft: Draft) => Promise<T>): Promise<T> {
  const { files } = ambient
  const folder = await files.temporary('ecluse-build-')
  try {
    const dockerfile = `${folder}/${name}`
    await files.write(dockerfile, text)
    await files.write(`${dockerfile}.dockerignore`, ignoreText)
    return await work({ dockerfile, metadata: `${folder}/.metadata.json` })
  } finally {
    await files.remove(folder)
  }
}
