export { edgeConfiguration } from './configuration.js'
export { keeperProgram } from './keeper.js'
