/** What must not be seen: in logs, outputs, summaries and messages. */
export interface Secrets {
  /** Registers a value, its lines and the forms it takes in JSON, URLs and base64. Returns what is new. */
  add(value: string): readonly string[]
  mask(text: string): string
}

const MASKED = '***'
/** Shorter ones, switches and small numbers are in every second word: hiding them would hide the log. */
const SHORTEST = 4
const TOO_PLAIN = /^(?:true|false|null|none|\d{1,5})$/i

export function secretSet(): Secrets {
  const known = new Set<string>()
  let pattern: RegExp | undefined
  return {
    add(value) {
      const fresh = formsOf(value).filter((form) => !known.has(form))
      for (const form of fresh) known.add(form)
      if (fresh.length > 0) pattern = undefined
      return fresh
    },
    mask(text) {
      if (known.size === 0) return text
      pattern ??= patternOf(known)
      return text.replace(pattern, MASKED)
    },
  }
}

function formsOf(value: string): readonly string[] {
  const parts = [value, value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())]
  return [...new Set(parts.filter(worthHiding).flatMap((part) => {
    const json = JSON.stringify(part).slice(1, -1)
    const url = encodeURIComponent(part)
    return [part, json, url, url.replaceAll('%20', '+'), encodeURI(part), Buffer.from(part).toString('base64')]
  }))]
}

function worthHiding(part: string): boolean {
  return part.length >= SHORTEST && !TOO_PLAIN.test(part)
}

/** Longest first, so that a secret that contains another is hidden whole. */
function patternOf(known: ReadonlySet<string>): RegExp {
  const forms = [...known].toSorted((a, b) => b.length - a.length)
  return new RegExp(forms.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g')
}

/** Passwords in URLs, as they are written and as they are meant. One that equals its user is no secret. */
export function passwordsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/[a-z][a-z0-9+.-]{0,20}:\/\/(?<user>[^\s:/@"']*):(?<password>[^\s@/"']+)@/gi)]
  return found.flatMap(({ groups }) => {
    const { user = '', password = '' } = groups ?? {}
    return password === user ? [] : [password, decoded(password)]
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
