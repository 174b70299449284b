// Engines that share a machine need a bridge and addresses of their own. The bridge is the claim: a second one of its name cannot be made.
import { containersFolder } from '../../engines/containers.mjs'
import { call } from './children.mjs'

const busybox = `${containersFolder}/tools/busybox`
const bridges = (number) => `ecluselab${number}`
const numbers = Array.from({ length: 50 }, (_, index) => 200 + index)

const addresses = () =>
  call(busybox, ['ip', '-4', '-o', 'addr']).split('\n').flatMap((line) => {
    const [, name, address] = /^\d+:\s+(\S+)\s+inet\s+(\S+)/.exec(line) ?? []
    return name ? [{ name: name.replace(/@.*/, ''), address }] : []
  })

const claim = (number) => {
  try {
    call(busybox, ['brctl', 'addbr', bridges(number)])
    return true
  } catch (error) {
    if (/exists|busy/i.test(error.message)) return false
    throw error
  }
}

/** A bridge with a network 10.N.0.0/16 that nothing on this machine uses. */
export const claimNetwork = () => {
  const used = addresses()
  const free = numbers.filter((number) => !used.some(({ address }) => address.startsWith(`10.${number}.`)))
  const number = free.find(claim)
  if (number === undefined) throw new Error('All networks from 10.200.0.0/16 to 10.249.0.0/16 are in use on this machine.')
  call(busybox, ['ip', 'addr', 'add', `10.${number}.0.1/24`, 'dev', bridges(number)])
  call(busybox, ['ip', 'link', 'set', bridges(number), 'up'])
  return { number, bridge: bridges(number), pool: `10.${number}.0.0/16` }
}

/** Removes the bridge and those that the engine made for networks of its users. */
export const releaseNetwork = (number) => {
  const names = addresses().filter(({ address }) => address.startsWith(`10.${number}.`)).map(({ name }) => name)
  for (const name of new Set(names)) {
    call(busybox, ['ip', 'link', 'set', name, 'down'])
    call(busybox, ['brctl', 'delbr', name])
  }
}
