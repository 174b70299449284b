import type { Ambient } from '../../../../ports/ambient.js'
import { archiveRefusal } from '../dockerfile/refused.js'
import type { Findings } from '../findings.js'
import type { Folder } from '../tree/node.js'
import { select } from './select.js'
import type { CopyStep } from './step.js'

const MAGICS: readonly (readonly [at: number, bytes: string])[] = [[0, '1f8b'], [0, '425a68'], [0, 'fd377a585a00'], [0, '28b52ffd'], [257, '7573746172']]

/** An engine would unpack what `ADD` names when its content is an archive, whatever it is called. */
export async function archivesAdded(steps: readonly CopyStep[], context: Folder, findings: Findings, { files }: Ambient): Promise<void> {
  for (const step of steps) {
    if (step.verb !== 'ADD') continue
    for (const { node } of select(step, { kind: 'context', root: context }, findings)) {
      if (node.kind !== 'file' || node.content.from !== 'disk') continue
      const start = await firstBytes(files.stream(node.content.path))
      if (MAGICS.some(([at, bytes]) => start.slice(at * 2).startsWith(bytes))) findings.unsupported(step.line, archiveRefusal.message, archiveRefusal.fix)
    }
  }
}

/** In hexadecimal, enough for every mark above. */
async function firstBytes(content: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const chunk of content) return [...chunk.subarray(0, 512)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return ''
}
