/** Grafana's annotations in this process, as its documentation has them (HTTP API, "Annotations": create, patch); refuses what that does not know. */
import { once } from 'node:events'
import http from 'node:http'
import { z } from 'zod'

const moment = z.int().min(1_000_000_000_000)
const created = z.strictObject({ dashboardUID: z.string().optional(), panelId: z.int().optional(), time: moment, timeEnd: moment.optional(), tags: z.array(z.string()), text: z.string().min(1) })
const patched = z.strictObject({ time: moment, timeEnd: moment, tags: z.array(z.string()), text: z.string().min(1) }).partial()

export interface Grafana {
  readonly url: string
  readonly token: string
  readonly annotations: Map<number, z.infer<typeof created>>
  /** What was asked, in its order. */
  readonly asked: string[]
  stop(): Promise<void>
}

/** `status`: what it answers in the place of doing it. */
export async function startGrafana(status?: number): Promise<Grafana> {
  const token = 'glsa_0123456789abcdefghij_secret'
  const annotations: Grafana['annotations'] = new Map()
  const asked: string[] = []
  const answerTo = (method: string, url: string, authorization: string | undefined, text: string): readonly [number, unknown] => {
    if (status !== undefined) return [status, { message: 'no' }]
    if (authorization !== `Bearer ${token}`) return [401, { message: 'Invalid API key' }]
    if (method === 'POST' && url === '/grafana/api/annotations') {
      const body = created.safeParse(JSON.parse(text))
      if (!body.success) return [400, { message: body.error.message }]
      annotations.set(annotations.size + 1, body.data)
      return [200, { message: 'Annotation added', id: annotations.size }]
    }
    const id = Number(/^\/grafana\/api\/annotations\/(\d+)$/.exec(url)?.[1])
    const there = annotations.get(id)
    if (method !== 'PATCH' || there === undefined) return [404, { message: 'not found' }]
    annotations.set(id, created.parse({ ...there, ...patched.parse(JSON.parse(text)) }))
    return [200, { message: 'Annotation patched' }]
  }
  const server = http.createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`)
      const [code, body] = answerTo(request.method ?? '', request.url ?? '', request.headers.authorization, text)
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    token, annotations, asked,
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/grafana/`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
