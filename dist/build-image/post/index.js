import { run } from '../../suite/index.js'

await run('build-image/post')
