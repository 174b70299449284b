import { createHash, randomBytes } from 'node:crypto'

const COOKIE = 'ecluse'
const CLIENT = /(?:^|;\s*)ecluse=([0-9a-f]{32})(?:;|$)/

/**
 * Keeps a client on one arm: its cookie holds a random name, and the name's hash with the candidate's id is its place
 * between 0 and 100. Raising the weight only ever moves clients to the candidate, going back moves them all to stable, and the
 * next candidate meets other clients first. Over clients the share is the weight; over requests it is as even as the clients are.
 */
export interface StickyChoice {
  readonly candidate: boolean
  /** For `set-cookie`, when the client has no name yet. */
  readonly cookie?: string
}

export function stickyChoice(cookies: string | undefined, candidateId: string, weight: number): StickyChoice {
  const known = CLIENT.exec(cookies ?? '')?.[1]
  const client = known ?? randomBytes(16).toString('hex')
  const candidate = placeOf(client, candidateId) < weight
  return known === undefined ? { candidate, cookie: `${COOKIE}=${client}; Path=/; HttpOnly; SameSite=Lax` } : { candidate }
}

function placeOf(client: string, candidateId: string): number {
  const hash = createHash('sha256').update(`${client} ${candidateId}`).digest()
  return (hash.readUInt32BE(0) / 2 ** 32) * 100
}
