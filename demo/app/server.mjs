// A small shop: a page, a list of orders, a health report. What it sells and how is in `release.mjs`.
import { createServer } from 'node:http'
import { page } from './release.mjs'

const { PORT = '8080', PGHOST, ECLUSE_VERSION: version = 'unreleased' } = process.env
const orders = await import(PGHOST === undefined ? './orders/memory.mjs' : './orders/database.mjs')

const sendJson = (response, status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const health = async (response) => {
  const database = await orders.healthy()
  sendJson(response, 200, { status: database ? 'ok' : 'degraded', version, checks: { database: { status: database ? 'ok' : 'degraded', store: orders.kind } } })
}

const showPage = async (response, url) => {
  const customer = Number(url.searchParams.get('customer') ?? 0)
  const body = page({ version, customer, orders: await orders.newest(5) })
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body)
}

const placeOrder = async (request, response) => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  const { customer, item, cents } = JSON.parse(text)
  sendJson(response, 201, { id: await orders.place({ customer, item, cents }) })
}

const answer = async (request, response) => {
  const url = new URL(request.url, 'http://shop')
  const route = `${request.method} ${url.pathname}`
  if (route === 'GET /health') await health(response)
  else if (route === 'GET /') await showPage(response, url)
  else if (route === 'GET /orders') sendJson(response, 200, { orders: await orders.newest(20) })
  else if (route === 'POST /orders') await placeOrder(request, response)
  else sendJson(response, 404, { error: 'There is no such page.' })
}

let complaints = 0
const server = createServer((request, response) => {
  answer(request, response).catch((fault) => {
    // A log of its own fault, repeated a hundred times a second, would help nobody.
    if ((complaints += 1) <= 5) console.error(`${request.method} ${request.url}: ${fault.message}`)
    if (response.headersSent) response.destroy()
    else sendJson(response, 500, { error: 'Something went wrong.' })
  })
})
server.keepAliveTimeout = 75_000
server.listen(Number(PORT), '127.0.0.1', () => console.log(`shop ${version} listens on ${PORT}, orders in ${orders.kind}`))

process.on('SIGTERM', () => {
  server.close(async () => {
    await orders.close()
    process.exit(0)
  })
  server.closeIdleConnections()
})
