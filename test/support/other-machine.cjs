// Loaded before a bundle: what runs below takes itself for another machine, as jobs of two runs are. A process of a run that
// is elsewhere can't be looked at, so that GitHub must be asked.
const { syncBuiltinESMExports } = require('node:module')
const os = require('node:os')

const name = process.env.ECLUSE_TEST_MACHINE
if (name) {
  os.hostname = () => name
  syncBuiltinESMExports()
}
