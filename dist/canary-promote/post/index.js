import { run } from '../../suite/index.js'

await run('canary-promote/post')
