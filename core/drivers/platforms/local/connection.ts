import { decodeCard, decodeText, type LocalPlaces, type ServerCard } from '../../../domain/local-control/index.js'
import type { Answer } from '../../../domain/identity.js'
import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

export const SERVICE = 'the local server'

/** The way to a server, if one is there. */
export interface Connection {
  /** The card of the server that answers now. */
  here(): Promise<ServerCard | undefined>
  post(card: ServerCard, verb: string, body: unknown, timeoutMs: number): Promise<Answer>
}

export function openConnection(environment: string, places: LocalPlaces, ambient: Ambient): Connection {
  return {
    post: (card, verb, body, timeoutMs) => ambient.http.request({
      what: `ask ${SERVICE} of environment \`${environment}\` to ${verb}`,
      method: 'POST', url: `http://localhost/${verb}`, socketPath: card.socket, body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' }, timeoutMs, maxBytes: 16 * 1024 * 1024,
    }),
    here: async () => {
      const card = await readCard(places, ambient)
      if (card === undefined) return undefined
      try {
        await ambient.http.request({ what: `reach ${SERVICE}`, method: 'GET', url: 'http://localhost/hello', socketPath: card.socket, timeoutMs: 5000 })
        return card
      } catch (thrown) {
        if (isGone(thrown)) return undefined
        throw thrown
      }
    },
  }
}

async function readCard(places: LocalPlaces, ambient: Ambient): Promise<ServerCard | undefined> {
  const text = await ambient.files.textIfThere(places.card)
  if (text === undefined) return undefined
  try {
    return decodeText(decodeCard, text, places.card)
  } catch {
    return undefined
  }
}

/** Refused, reset or no such socket: nobody is there. A time-out or an abort says nothing of the kind. */
export function isGone(thrown: unknown): boolean {
  return thrown instanceof RemoteError && thrown.code === 'network-failed'
}
