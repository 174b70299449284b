import { setMaxListeners } from 'node:events'
import { InputError } from '../errors/families.js'
import type { Answer, Certificate, Http, HttpRequest } from '../ports/http.js'
import { systemClock } from './clock.js'
import { NoAnswer, remoteFault } from './web/faults.js'
import { shownUrl } from './web/redaction.js'
import { pauseBefore, repeatable } from './web/repetition.js'

interface Options {
  /** Cuts what is in flight when it aborts, and lets nothing be asked after that. */
  readonly signal?: AbortSignal
  /** Takes secrets out of a text that people will see. */
  readonly mask?: (text: string) => string
}

export function systemHttp({ signal, mask = (text) => text }: Options = {}): Http {
  // Any number of questions may wait at a time, and all of them end with it.
  if (signal) setMaxListeners(0, signal)
  return {
    async request(request) {
      addressOf(request.what, request.url, ['http:', 'https:'], mask)
      try {
        return await patiently(request, signal)
      } catch (thrown) {
        throw remoteFault(request, thrown, mask)
      }
    },
    async certificate(text, timeoutMs): Promise<Certificate> {
      const request = { what: 'read the certificate', method: 'TLS', url: text, timeoutMs }
      const url = addressOf(request.what, text, ['https:'], mask)
      try {
        const { presented } = await import('./web/certificate.js')
        return await presented(url, timeoutMs, signal)
      } catch (thrown) {
        throw remoteFault(request, thrown, mask)
      }
    },
  }
}

async function patiently(request: HttpRequest, signal: AbortSignal | undefined): Promise<Answer> {
  // Loaded with the first question: an action that asks none does not wait for TLS.
  const { exchange } = await import('./web/exchange.js')
  const clock = systemClock()
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= (request.retries ?? 0)
    let answer: Answer | undefined
    try {
      answer = await exchange(request, signal)
      if (last || !repeatable(answer.status)) return answer
    } catch (thrown) {
      if (last || (thrown instanceof NoAnswer && thrown.kind !== 'time-out')) throw thrown
    }
    const pause = pauseBefore(attempt, answer, clock.now())
    if (pause === undefined && answer) return answer
    await clock.sleep(pause ?? 0, signal)
    if (signal?.aborted) throw new NoAnswer('abort')
  }
}

function addressOf(what: string, text: string, protocols: readonly string[], mask: (text: string) => string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && protocols.includes(url.protocol)) return url
  const allowed = protocols.map((protocol) => `\`${protocol}//…\``).join(' or ')
  throw new InputError([{ code: 'input-invalid', message: mask(`Could not ${what}: the address is "${shownUrl(text)}".`), fix: `Set it to ${allowed}.` }])
}
