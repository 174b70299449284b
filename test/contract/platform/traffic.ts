/** Requests as users make them, by the version that answered; `` counts those that failed. */
export const trafficTo = (url: string) => async (requests: number): Promise<Readonly<Record<string, number>>> => {
  const seen: Record<string, number> = {}
  for (let left = requests; left > 0; left -= 1) {
    const answer = await fetch(url)
    const name = answer.ok ? (answer.headers.get('x-ecluse-version') ?? '') : ''
    const body = await answer.text()
    // The header is the word of what is in front, the body the release's own.
    if (answer.ok && JSON.parse(body).version !== name) throw new Error(`the header says ${name}, the body ${body}`)
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}
