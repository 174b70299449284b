// Uses the lab as a test file in another process does: says where it is, then waits to be ended.
import { dockerLab } from '../../support/docker/lab.mjs'

const lab = await dockerLab()
const image = await lab.image('lab-child:1', { files: { '/app/text': 'the same\n' }, cmd: ['cat', '/app/text'] })
const engine = process.argv[2] === 'with-engine' ? await lab.privateEngine() : undefined
const container = engine && (await engine.docker(['run', '-d', image.replace(/@.*/, ':1'), 'sleep', '600'])).trim()
console.log(JSON.stringify({ pid: lab.pid, socket: lab.socket, registry: lab.registry, image, engine: engine?.pid, engineSocket: engine?.socket, container }))
setInterval(() => undefined, 60_000)
