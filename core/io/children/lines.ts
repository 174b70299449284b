/** Nobody reads more of one line, and a program that never ends its line must not fill our memory. */
const LONGEST_LINE = 1024 * 1024

/** Cuts a byte stream into lines; a last line without an end counts too, and one that is too long is cut in pieces. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  for await (const chunk of bytes) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n')
    for (const piece of pieces.slice(0, -1)) {
      yield withoutReturn(parts.join('') + piece)
      parts = []
    }
    parts.push(pieces.at(-1)!)
    if (parts.reduce((length, part) => length + part.length, 0) > LONGEST_LINE) {
      yield parts.join('')
      parts = []
    }
  }
  const rest = parts.join('') + decoder.decode()
  if (rest !== '') yield withoutReturn(rest)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** Cuts what it is given into lines at once: for an output that somebody else reads as well. */
export function lineCutter(tell: (line: string) => void): { add(chunk: Uint8Array): void; end(): void } {
  const decoder = new TextDecoder()
  let open = ''
  const take = (text: string): void => {
    const pieces = (open + text).split('\n')
    open = pieces.pop()!
    for (const piece of pieces) tell(withoutReturn(piece))
    if (open.length > LONGEST_LINE) {
      tell(open)
      open = ''
    }
  }
  return {
    add: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end() {
      take(decoder.decode())
      if (open !== '') tell(withoutReturn(open))
      open = ''
    },
  }
}
