// The thread of command-lines.ts: notes the command lines of all processes until it is told that it is over.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { parentPort, workerData as over } from 'node:worker_threads'

const EVERY_MS = 2
// In looks. A process has a number before it can be seen.
const BORN = 5
const GROWN = 1000
const ALL_EVERY = 100
// Where the numbers begin again after the highest one.
const LOWEST = 300

// What is gone when it is read throws, often.
Error.stackTraceLimit = 0

const lines = new Set()
const note = (pid) => {
  try {
    lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    return true
  } catch {
    return false
  }
}
const noteAll = () => {
  for (const name of readdirSync('/proc')) if (/^\d+$/.test(name)) note(name)
}

// Its last number is that of the newest process or thread: where it stands still, nothing was started.
const load = openSync('/proc/loadavg')
const text = Buffer.alloc(128)
const newestPid = () => {
  const newest = Number(text.toString('latin1', 0, readSync(load, text, 0, text.length, 0)).trim().split(' ').at(-1))
  if (!(newest > 0)) throw new Error('/proc/loadavg does not name the newest process.')
  return newest
}

/** By pid: the look at which it was new, and the next one at which it is read. */
const young = new Map()
// It may become another program at any time, most likely soon: it is read the more seldom the older it is.
const noteYoung = (look) => {
  for (const [pid, { since, next }] of young) {
    if (look < next) continue
    const age = look - since
    if (age > GROWN || (!note(pid) && age > BORN)) young.delete(pid)
    else young.set(pid, { since, next: look + Math.max(1, Math.floor(age / 10)) })
  }
}

let newest = newestPid()
noteAll()
parentPort.postMessage('looking')
for (let look = 1; Atomics.load(over, 0) === 0; look += 1) {
  const former = newest
  newest = newestPid()
  for (let pid = newest < former ? LOWEST : former + 1; pid <= newest; pid += 1) young.set(pid, { since: look, next: look })
  noteYoung(look)
  if (newest < former || look % ALL_EVERY === 0) noteAll()
  Atomics.wait(over, 0, 0, EVERY_MS)
}
noteAll()
closeSync(load)
parentPort.postMessage([...lines].map((line) => line.replaceAll('\0', ' ')).join('\n'))
