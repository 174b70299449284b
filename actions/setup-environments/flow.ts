import { InputError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { apply } from './apply.js'
import { check, plan } from './compare.js'
import { doctor } from './doctor.js'
import type { SetupOutcome } from './outcome.js'
import type { SetupMode, SetupPorts, SetupRequest } from './request.js'
import { rotate } from './rotate.js'

/** What each mode does. */
export type Way = (request: SetupRequest, ports: SetupPorts, ambient: Ambient) => Promise<SetupOutcome>

const ways: Readonly<Partial<Record<SetupMode, Way>>> = {
  plan,
  apply,
  check,
  rotate: (request, { rotation }, ambient) => {
    const [environment, ...others] = request.environments
    if (environment === undefined || others.length > 0 || request.everything) {
      throw new InputError([{ code: 'input-missing', message: 'Input `mode` is "rotate", and no environment is named: a job is given the secrets of one only.', fix: 'Name it with the input `environment`, the same as the job\'s own.' }])
    }
    return rotate({ environment, names: request.secrets, values: request.values, startedAt: request.startedAt }, rotation, ambient)
  },
  doctor: (request, { permissions }, ambient) => doctor(request, permissions, ambient),
}

/** Compares the environments of the file with those on GitHub, and makes them so when asked to. */
export async function setupEnvironments(request: SetupRequest, ports: SetupPorts, ambient: Ambient): Promise<SetupOutcome> {
  const way = ways[request.mode]
  if (way === undefined) throw new InputError([{ code: 'config-unserved', message: `Input \`mode\` is "${request.mode}", which this version does not have.` }])
  return way(request, ports, ambient)
}
