// The OpenTelemetry collector's own receiver of spans, built of the sources beside this file: the whole collector has no Go module to install.
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, make } from './place.mjs'
import { again, isProgram, run } from './run.mjs'

const sources = path.join(path.dirname(fileURLToPath(import.meta.url)), 'otlp-receiver')

export const otlpReceiver = () => {
  const version = '0.136.0'
  const folder = folderOf('otlp-receiver', version)
  const program = path.join(folder, 'receiver')
  return {
    version,
    means: 'the receiver of spans',
    bring: 'npm run engines otlp-receiver',
    needs: 'Go 1.26 or newer on PATH (https://go.dev/dl/) and access to a Go module proxy',
    find: () => (isProgram(program) ? program : undefined),
    install: () =>
      make(folder, async (draft) => {
        await cp(sources, draft, { recursive: true })
        await again(() => run('go', ['build', '-mod=readonly', '-o', 'receiver', '.'], { cwd: draft, within: 40 * 60_000 }))
      }),
  }
}
