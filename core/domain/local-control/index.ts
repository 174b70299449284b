/** What the `local` platform's server and its drivers say to each other over the control socket. */
export { decodeText } from './decode.js'
export { INSTANCE_HEADER, localPlaces, type LocalPlaces } from './places.js'
export { decodePast, decodeRelease } from './release.js'
export {
  decodeCounters, decodeOptions, latencyBounds, PROTOCOL,
  type ArmReport, type CountersReport, type ServerOptions,
} from './counters.js'
export {
  decodeCard, decodeDiagnosis, decodeFailure, decodeFault, decodeObserved, decodePastList, decodePlaced, decodeTaskResult, decodeVitals,
  type Fault, type ServerCard, type StartFailure,
} from './answers.js'
export { decodeRequest, isControlVerb, type ControlRequests, type ControlVerb } from './requests.js'
