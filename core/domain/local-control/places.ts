/** Where one environment of the `local` platform keeps its things: known to the server that writes and the drivers that read. */
export interface LocalPlaces {
  /** Only for the user that runs it (0700). */
  readonly folder: string
  /** What should run; the server's memory. */
  readonly state: string
  /** How to reach the server that is running, if one is. */
  readonly card: string
  /** Why the last server could not start. */
  readonly failure: string
  /** Output of the server itself. */
  readonly log: string
  readonly events: string
  readonly releases: string
  readonly instances: string
  readonly socket: string
  readonly lock: string
}

export function localPlaces(state: string, environment: string): LocalPlaces {
  // A name with a slash in it must not become two folders, nor `..` another one.
  const folder = `${state}/local/${encodeURIComponent(environment).replaceAll('.', '%2E')}`
  return {
    folder,
    state: `${folder}/state.json`,
    card: `${folder}/server.json`,
    failure: `${folder}/failure.json`,
    log: `${folder}/server.log`,
    events: `${folder}/events.jsonl`,
    releases: `${folder}/releases`,
    instances: `${folder}/instances`,
    socket: `${folder}/control.sock`,
    lock: `${folder}/lock`,
  }
}

/** Names the instance that must answer, whatever the weight; its id is known from the control socket only. */
export const INSTANCE_HEADER = 'x-ecluse-instance'
