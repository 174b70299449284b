import type { Ambient } from '../../../../ports/ambient.js'

/** Names of sessions and containers that client programs of a run have: `ecluse/<pid>/<start>/<host>/<random>`, at most 63 bytes. */
const FORM = /^ecluse\/(\d+)\/([^/]*)\/([0-9a-f]{8})\/[0-9a-f]{8}$/
export const MARKS = 'ecluse/%'

type Whose = Pick<Ambient, 'run' | 'files'>

export function newMark({ run, files }: Whose): string {
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString('hex')
  return `ecluse/${run.pid}/${run.started.replaceAll('/', '-')}/${hostOf({ run, files })}/${random}`
}

/** Of a run of this machine that is gone. What belongs to another machine is not ours to judge. */
export function orphaned(mark: string, ambient: Pick<Ambient, 'run' | 'files' | 'process'>): boolean {
  const [, pid = '', started = '', host] = FORM.exec(mark) ?? []
  return host === hostOf(ambient) && !ambient.process.alive(Number(pid), started)
}

function hostOf({ run, files }: Whose): string {
  return files.sha256(run.host).slice(0, 8)
}
