/** What the driver of the `compose` platform and the keeper inside its edge say to each other through files. */
export type { EdgeArm, EdgeArmState, EdgeServer, EdgeSetup, EdgeState, EdgeWish } from './model.js'
export { edgeContainer, edgePlaces, edgePlacesIn, hostScope, INSTANCE_HEADER, VERSION_HEADER, type EdgePlaces } from './places.js'
export { decodeState, encodeState } from './state.js'
export { serverWeights, type ServerWeights } from './weights.js'
export { decodeWish, encodeWish } from './wish.js'
