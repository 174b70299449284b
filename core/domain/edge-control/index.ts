export type { EdgeArm, EdgeArmState, EdgeServer, EdgeSetup, EdgeState, EdgeWish } from './model.js'
export { edgeContainer, edgePlaces, hostScope, INSTANCE_HEADER, VERSION_HEADER } from './places.js'
