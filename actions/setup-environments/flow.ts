import { InputError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { apply } from './apply.js'
import { check, plan } from './compare.js'
import type { SetupOutcome } from './outcome.js'
import type { SetupMode, SetupPorts, SetupRequest } from './request.js'

/** What each mode does. */
export type Way = (request: SetupRequest, ports: SetupPorts, ambient: Ambient) => Promise<SetupOutcome>

const ways: Readonly<Partial<Record<SetupMode, Way>>> = {
  plan,
  apply,
  check,
}

/** Compares the environments of the file with those on GitHub, and makes them so when asked to. */
export async function setupEnvironments(request: SetupRequest, ports: SetupPorts, ambient: Ambient): Promise<SetupOutcome> {
  const way = ways[request.mode]
  if (way === undefined) throw new InputError([{ code: 'config-unserved', message: `Input \`mode\` is "${request.mode}", which this version does not have.` }])
  return way(request, ports, ambient)
}
