/** Colours for a terminal that wants them. */
export function inkFor(stream, env) {
  const on = stream.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'
  const painted = (code) => (text) => (on ? `\u001B[${code}m${text}\u001B[0m` : text)
  return { bold: painted('1'), dim: painted('2'), red: painted('31'), green: painted('32'), yellow: painted('33'), blue: painted('34') }
}
