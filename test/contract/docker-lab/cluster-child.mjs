// Uses a cluster of the lab as a test file in another process does: says where it is, then waits to be ended.
import path from 'node:path'
import { dockerLab } from '../../support/docker/lab.mjs'

const lab = await dockerLab()
const cluster = await lab.cluster()
const containers = [{ name: 'sleeper', image: await lab.image('sleeper', { cmd: ['sleep', process.argv[2]] }) }]
const spec = { nodeName: '127.0.0.1', hostNetwork: true, automountServiceAccountToken: false, containers }
await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'sleeper' }, spec }) })
await cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'pod/sleeper'])
console.log(JSON.stringify({ lab: lab.pid, node: cluster.pid, folder: path.dirname(cluster.config) }))
setInterval(() => undefined, 60_000)
