/** A real HAProxy on loopback with the configuration and the keeper that an edge has, in a folder in place of its volume. */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  decodeState, edgePlacesIn, encodeWish, type EdgeArm, type EdgeArmState, type EdgePlaces, type EdgeSetup, type EdgeState, type EdgeWish,
} from '../../../core/domain/edge-control/index.js'
import { edgeConfiguration, keeperProgram } from '../../../core/drivers/platforms/compose/edge/index.js'
import { unusedPort } from '../../support/ports.mjs'
import { names, type Names } from './names.js'
import { ask, program, type Answered, type Asking, type Program } from './program.js'
import { replica, type Replica } from './release.js'

export type Arm = EdgeArm & { readonly replicas: readonly Replica[] }

export interface EdgeLab extends Program {
  readonly url: string
  readonly port: number
  readonly places: EdgePlaces
  readonly names: Names
  /** Starts replicas of a release, known by name: `v1-1` and so on. */
  arm(version: string, replicas?: number): Promise<Arm>
  /** Starts one more where another one was. */
  again(version: string, host: string, where: Pick<Replica, 'address' | 'port'>): Promise<Replica>
  /** Writes the next wish and waits until it is in effect and the replicas it names are up (unless told otherwise). */
  wish(wish: Omit<EdgeWish, 'revision'>, options?: { readonly up?: boolean }): Promise<EdgeState>
  state(): EdgeState
  counted(version: string): EdgeArmState
  /** Waits until a state is as wanted. */
  until(wanted: (state: EdgeState) => boolean, withinMs?: number): Promise<EdgeState>
  ask(path?: string, asking?: Asking): Promise<Answered>
  /** So many requests, one after another, by version; failed ones as `status 503` and the like. */
  many(count: number, asking?: Asking): Promise<Readonly<Record<string, number>>>
  /** A line at the operator's socket. */
  operate(line: string): Promise<string>
  close(): Promise<void>
}

export interface LabOptions {
  readonly setup?: Partial<EdgeSetup>
  /** Before `-f`. */
  readonly argv?: readonly string[]
  /** Changes the configuration, for what a test must see from inside. */
  readonly change?: (configuration: string, places: EdgePlaces) => string
}

export async function edgeLab(haproxy: string, { setup = {}, argv = ['-db'], change = (text) => text }: LabOptions = {}): Promise<EdgeLab> {
  const places = edgePlacesIn(await mkdtemp(path.join(tmpdir(), 'edge-')))
  const dns = await names()
  const port = await unusedPort()
  const given: EdgeSetup = { port, address: '127.0.0.1', slots: 4, healthPath: '/health', sticky: false, resolver: { host: dns.host, port: dns.port }, ...setup }
  writeFileSync(places.configuration, change(edgeConfiguration(given, places), places))
  writeFileSync(places.keeper, keeperProgram)
  const running = program(haproxy, [...argv, '-f', places.configuration], port)
  const replicas: Replica[] = []
  const asking: EdgeLab['ask'] = (where = '/', what = {}) => ask(port, where, what)
  return {
    ...running, ...watched(places, running), url: `http://127.0.0.1:${port}`, port, places, names: dns, ask: asking,
    arm: async (version, count = 1) => {
      const made = await Promise.all(Array.from({ length: count }, (_, index) => replica(version, `${version}-${index + 1}`)))
      for (const one of made) dns.known.set(one.host, [one.address])
      replicas.push(...made)
      return { instance: `i-${version}`, version, servers: made.map(({ host, port: at }) => ({ host, port: at })), replicas: made }
    },
    again: async (version, host, where) => {
      const made = await replica(version, host, where)
      replicas.push(made)
      return made
    },
    many: async (count, what) => {
      const seen: Record<string, number> = {}
      for (let index = 0; index < count; index += 1) {
        const { status, version } = await asking('/', what)
        const key = status === 200 ? version : `status ${status}`
        seen[key] = (seen[key] ?? 0) + 1
      }
      return seen
    },
    close: async () => {
      await running.kill()
      await Promise.allSettled([...replicas.map((one) => one.kill()), dns.down()])
      await rm(places.folder, { recursive: true, force: true })
    },
  }
}

/** The wish, the state and the operator's socket. */
function watched(places: EdgePlaces, { told }: Program): Pick<EdgeLab, 'wish' | 'state' | 'counted' | 'until' | 'operate'> {
  let revision = 0
  const state = (): EdgeState => {
    const found = decodeState(readFileSync(places.state, 'utf8'))
    if (found === undefined) throw new Error('the state is not whole')
    return found
  }
  const until: EdgeLab['until'] = async (wanted, withinMs = 8000) => {
    const end = performance.now() + withinMs
    for (;;) {
      const seen = orNothing(state)
      if (seen !== undefined && wanted(seen)) return seen
      if (performance.now() > end) throw new Error(`not in ${withinMs} ms; the state is ${JSON.stringify(seen)}\n${told().slice(-3000)}`)
      await sleep(5)
    }
  }
  return {
    state, until,
    counted: (version) => {
      const found = state().arms.find((arm) => arm.version === version)
      if (found === undefined) throw new Error(`no arm runs ${version}`)
      return found
    },
    wish: (wish, { up = true } = {}) => {
      revision += 1
      const wanted = revision
      writeFileSync(places.wish, encodeWish({ ...wish, revision: wanted }))
      return until((seen) => seen.revision === wanted && (!up || seen.arms.every((arm) => arm.up === arm.servers)))
    },
    operate: async (line) => {
      const socket = connect(places.admin)
      socket.end(`${line}\n`)
      let answer = ''
      for await (const piece of socket) answer += String(piece)
      return answer.trim()
    },
  }
}

function orNothing(state: () => EdgeState): EdgeState | undefined {
  try {
    return state()
  } catch {
    return undefined
  }
}
