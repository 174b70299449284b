/** An answer that is not what was hoped for. */
export class Refusal extends Error {
  constructor(status, message, { errors, headers = {} } = {}) {
    super(message)
    this.status = status
    this.body = { message, ...(errors === undefined ? {} : { errors }), documentation_url: 'https://docs.github.com/rest', status: String(status) }
    this.headers = headers
  }
}

export function refuse(status, message, more) {
  throw new Refusal(status, message, more)
}

export function found(record) {
  return record ?? refuse(404, 'Not Found')
}
