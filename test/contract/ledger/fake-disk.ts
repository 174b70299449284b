import { systemFiles } from '../../../core/io/files.js'
import type { Files } from '../../../core/ports/files.js'

/** One file in memory whose every use takes a moment of its own, so that the uses of several writers interleave at random. */
export class FakeDisk {
  content = Buffer.alloc(0)

  constructor(private readonly random: () => number) {}

  /** A writer's view of it. After `die` what it writes is torn at a random place, and it never gets an answer. */
  writer(): { readonly files: Files; readonly die: () => void } {
    let dying = false
    const pause = async (): Promise<void> => {
      for (let turns = Math.floor(this.random() * 6); turns > 0; turns -= 1) await new Promise(setImmediate)
    }
    const files: Files = {
      ...systemFiles(),
      append: async (_, text) => {
        await pause()
        const bytes = Buffer.from(text)
        this.content = Buffer.concat([this.content, dying ? bytes.subarray(0, Math.floor(this.random() * (bytes.length + 1))) : bytes])
        if (dying) await new Promise(() => {})
        await pause()
      },
      info: async () => {
        await pause()
        return { kind: 'file', bytes: this.content.length, mode: 0o600, modifiedAt: 0 }
      },
      stream: (_, from = 0) => this.read(from, pause),
    }
    return { files, die: () => { dying = true } }
  }

  private async *read(from: number, pause: () => Promise<void>): AsyncGenerator<Uint8Array> {
    await pause()
    const seen = this.content
    for (let start = from; start < seen.length; ) {
      const end = Math.min(seen.length, start + 1 + Math.floor(this.random() * 2000))
      yield seen.subarray(start, end)
      start = end
    }
  }
}
