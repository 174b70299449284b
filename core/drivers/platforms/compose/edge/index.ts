export { edgeConfiguration, madeOf } from './configuration.js'
export { keeperProgram } from './keeper.js'
