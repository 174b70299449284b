import { decodeState, edgeContainer, edgePlaces, encodeWish, type EdgeState, type EdgeWish } from '../../../../domain/edge-control/index.js'
import { RemoteError } from '../../../../errors/families.js'
import type { Seen } from './look.js'
import { LOOK_MS, named, until, type Site } from './site.js'

/** The edge looks many times a second; it gets this long before it counts as deaf. */
const HEARD_MS = 10_000

export type Wanted = Omit<EdgeWish, 'revision'>

/** The dead-man's switch of an earlier wish, with the time that is left. */
export function stillReturning(wish: EdgeWish | undefined, site: Site): Pick<Wanted, 'returns'> {
  const at = wish?.returns?.at
  return at === undefined ? {} : { returns: { at, inMs: Math.max(0, at - site.ambient.clock.now()) } }
}

/**
 * Tells the edge what shall be and waits until it is: for new requests, by the edge's own word. The wish is on the host's disk
 * before anything moves. Rejects with `edge-failed` when the edge does not follow.
 */
export async function wishFor(site: Site, before: Pick<Seen, 'wish' | 'state'>, wanted: Wanted): Promise<{ readonly wish: EdgeWish; readonly state: EdgeState }> {
  const wish: EdgeWish = { revision: Math.max(before.wish?.revision ?? 0, before.state?.revision ?? 0) + 1, ...wanted }
  await site.engine.write(edgeContainer(site.scope), edgePlaces.wish, encodeWish(wish))
  const state = await until(async () => {
    const told = await stateOf(site)
    return told !== undefined && told.revision >= wish.revision ? told : undefined
  }, HEARD_MS, site.ambient)
  if (state === undefined) throw await deaf(site, `did not take up wish ${wish.revision} within ${HEARD_MS / 1000} s`)
  return { wish, state }
}

export async function stateOf(site: Site): Promise<EdgeState | undefined> {
  const text = await site.engine.read(edgeContainer(site.scope), edgePlaces.state)
  return text === undefined ? undefined : decodeState(text)
}

/** What the edge said last helps more than our guess. */
export async function deaf(site: Site, what: string): Promise<RemoteError> {
  const name = edgeContainer(site.scope)
  const logs = await site.engine.run({ what: named(site, 'read the log of the edge'), argv: ['logs', '--tail', '5', name], timeoutMs: LOOK_MS, accept: [0, 1] })
  const last = `${logs.stdout}${logs.stderr}`.trim()
  return new RemoteError('edge-failed', {
    message: `${named(site, 'The edge')} (container \`${name}\`) ${what}.${last === '' ? '' : ` Its last lines:\n${last}`}`,
    service: 'edge', operation: 'wish',
  })
}
