// What stands between a client and a server of this machine: it can cut connections, hold them back and count them.
import { once } from 'node:events'
import net from 'node:net'

export const startRelay = async (target) => {
  const pairs = new Set()
  const state = { refusing: false, held: false, accepted: 0 }
  const join = (near) => {
    const far = net.connect(target, '127.0.0.1')
    const pair = [near, far]
    pairs.add(pair)
    for (const [from, to] of [pair, pair.toReversed()]) {
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => from.destroy())
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
      if (state.held) from.pause()
    }
  }
  const server = net.createServer((near) => {
    if (state.refusing) near.destroy()
    else {
      state.accepted += 1
      join(near)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const each = (act) => [...pairs].flat().forEach(act)
  const drop = () => each((one) => one.destroy())
  const hold = () => {
    state.held = true
    each((one) => one.pause())
  }
  const release = () => {
    state.held = false
    each((one) => one.resume())
  }
  const refuse = () => {
    state.refusing = true
    drop()
  }
  const admit = () => {
    state.refusing = false
  }
  const close = () => {
    drop()
    server.close()
  }
  return { port: server.address().port, drop, hold, release, refuse, admit, close, counts: () => ({ open: pairs.size, accepted: state.accepted }) }
}
