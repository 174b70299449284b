// One JSON value a line, both ways: how tests and the lab speak.

export const say = (connection, message) => connection.writable && connection.write(`${JSON.stringify(message)}\n`)

export const hear = (connection, act) => {
  let rest = ''
  connection.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) act(JSON.parse(line))
  })
}
