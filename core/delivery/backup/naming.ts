import type { Ambient } from '../../ports/ambient.js'

const EXTENSIONS: Readonly<Record<string, string>> = { zstd: 'dump.zst', gzip: 'dump.gz' }

/** Short enough to be typed twice, and never given twice: `production-20261121T101500Z-3fa91c`. */
export function receiptId(environment: string, at: number, ambient: Pick<Ambient, 'run' | 'files'>): string {
  const { run, files } = ambient
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const unique = files.sha256([run.id, run.attempt, run.host, run.pid, run.started, at].join(' ')).slice(0, 6)
  return `${slug(environment, 24)}-${time}-${unique}`
}

/** Says which programs open it. */
export function objectName(app: string, id: string, compression: string, encrypted = false): string {
  return `${slug(app, 24)}-${id}.${EXTENSIONS[compression] ?? 'dump'}${encrypted ? '.age' : ''}`
}

function slug(text: string, longest: number): string {
  const safe = text.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, longest)
  return safe === '' ? 'x' : safe
}
