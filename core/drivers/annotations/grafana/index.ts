import type { Annotation, GrafanaOptions } from '../../../domain/annotation.js'
import { decodeText, number, object } from '../../../domain/local-control/decode.js'
import { messageOf, RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Annotations } from '../../../ports/annotations.js'

const ASK_MS = 5000
/** Longer than one of them takes: what came too late is no cancelled run. */
const SHIELD_MS = 2 * ASK_MS
const made = object<{ readonly id: number }>({ id: number })

/** Annotations of Grafana, by its HTTP API: the token's service account needs `annotations:create` and `annotations:write`. */
export function grafanaAnnotations({ url, token, dashboard, tags }: Omit<GrafanaOptions, 'name'>, ambient: Ambient): Annotations {
  const base = `${url.replace(/\/+$/, '')}/api/annotations`
  const ask = async (method: 'POST' | 'PATCH', path: string, body: Readonly<Record<string, unknown>>): Promise<string> => {
    // A mark of what a cancelled run has done is wanted all the same.
    const { http } = ambient.shielded(SHIELD_MS)
    const answer = await http.request({
      what: 'mark the delivery in Grafana', method, url: `${base}${path}`, timeoutMs: ASK_MS, body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    })
    if (answer.status === 200) return answer.body
    const may = answer.status === 401 || answer.status === 403
    throw new RemoteError(may ? 'channel-refused' : 'channel-unreachable', {
      service: new URL(url).origin, operation: `${method} /api/annotations`, status: answer.status, message: `${new URL(url).origin} answered ${answer.status}.`,
      fix: may ? 'Give the service account of `annotate.grafana.token` the permissions `annotations:create` and `annotations:write`.' : 'Check `annotate.grafana`.',
    })
  }
  const all = (more: readonly string[]): readonly string[] => [...new Set(['ecluse', ...more, ...tags])]
  return {
    name: 'grafana',
    async put({ at, until, text, tags: more }: Annotation) {
      const body = await ask('POST', '', { ...(dashboard === undefined ? {} : { dashboardUID: dashboard }), time: at, ...(until === undefined ? {} : { timeEnd: until }), text, tags: all(more) })
      return String(idIn(body, url))
    },
    extend: async (id, { until, text, tags: more }) => void (await ask('PATCH', `/${id}`, { timeEnd: until, text, tags: all(more) })),
  }
}

function idIn(body: string, url: string): number {
  try {
    return decodeText(made, body, 'answer').id
  } catch (thrown) {
    throw new RemoteError('channel-unreachable', { service: new URL(url).origin, operation: 'POST /api/annotations', message: `${new URL(url).origin} answered with what is no answer of Grafana: ${messageOf(thrown)}.`, fix: 'Check `annotate.grafana.url`.' })
  }
}
