import { parseDuration } from '../domain/duration.js'
import { pinnedImage } from '../domain/release.js'
import { BadValue, type Detail, type Field } from './fields.js'

/** Any text. */
export function text(): Field<string> {
  return { parse: (raw) => raw }
}

/** A text that is masked everywhere. */
export function secret(): Field<string> {
  return { parse: (raw) => raw, secret: true }
}

/** A YAML 1.2 boolean. */
export function flag(): Field<boolean> {
  return {
    parse: (raw) => {
      if (/^(true|True|TRUE)$/.test(raw)) return true
      if (/^(false|False|FALSE)$/.test(raw)) return false
      throw new BadValue({ expected: '`true` or `false`' })
    },
  }
}

export function wholeNumber(least: number, most: number): Field<number> {
  return {
    parse: (raw) => {
      const value = Number(raw)
      if (!/^\d{1,15}$/.test(raw) || value < least || value > most) throw new BadValue({ expected: `a whole number from ${least} to ${most}` })
      return value
    },
  }
}

/** Rising percents, the last of them 100. */
export function weights(): Field<readonly number[]> {
  const expected = 'rising whole percents that end with 100, such as `5,25,50,100`'
  return {
    parse: (raw) => {
      const parts = raw.replace(/^\[(.*)\]$/, '$1').split(',').map((part) => part.trim().replace(/\s*%$/, ''))
      const values = parts.map(Number)
      const rising = values.every((value, index) => index === 0 || value > values[index - 1]!)
      if (!parts.every((part) => /^\d{1,3}$/.test(part)) || !rising || values[0]! < 1 || values.at(-1) !== 100) throw new BadValue({ expected })
      return values
    },
  }
}

/** Names, separated by commas or lines, each once. */
export function names(): Field<readonly string[]> {
  return {
    parse: (raw) => {
      const found = raw.replace(/^\[(.*)\]$/s, '$1').split(/[,\n]/).map((name) => name.trim()).filter((name) => name !== '')
      const bad = found.find((name, index) => !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || found.indexOf(name) < index)
      if (bad !== undefined) throw new BadValue({ expected: 'names, each once, separated by commas or lines', found: bad })
      return found
    },
  }
}

/** Milliseconds. */
export function duration(): Field<number> {
  return {
    parse: (raw) => {
      const ms = parseDuration(raw)
      if (ms === undefined || ms <= 0) throw new BadValue({ expected: 'a duration, such as `500ms`, `90s`, `15m` or `1h30m`' })
      return ms
    },
  }
}

/** An image pinned by digest. */
export function imageRef(): Field<string> {
  return {
    parse: (raw) => {
      if (pinnedImage(raw) === undefined) {
        throw new BadValue({ code: 'image-not-pinned', expected: 'an image pinned by digest, `<name>@sha256:<64 hex>`; build-image puts it out as `image`' })
      }
      return raw
    },
  }
}

export function oneOf<const T extends string>(choices: readonly T[]): Field<T> {
  return {
    parse: (raw) => {
      const found = choices.find((choice) => choice === raw)
      if (found === undefined) throw new BadValue({ expected: choices.map((choice) => `\`${choice}\``).join(', ').replace(/, ([^,]*)$/, ' or $1') })
      return found
    },
  }
}

/** `NAME=value`, one a line; empty lines and lines that begin with `#` are passed over. */
export function keyValues(): Field<Readonly<Record<string, string>>> {
  return lines('`NAME=value`, one a line', /^(?<key>[A-Za-z_][A-Za-z0-9_.\-/]*)=(?<value>.*)$/)
}

/** `name: value`, one a line. */
export function httpHeaders(): Field<Readonly<Record<string, string>>> {
  return { ...lines('`name: value`, one a line', /^(?<key>[!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?<value>[\t\x20-\x7e\x80-\xff]*)$/), secret: true }
}

function lines(expected: string, form: RegExp): Field<Readonly<Record<string, string>>> {
  return {
    parse: (raw) => {
      // A map, because an object takes some names (`__proto__`) for something else.
      const found = new Map<string, string>()
      const bad: Detail[] = []
      for (const [index, line] of raw.split(/\r?\n/).entries()) {
        const trimmed = line.trim()
        if (trimmed === '' || trimmed.startsWith('#')) continue
        const groups = form.exec(trimmed)?.groups
        if (groups === undefined) bad.push({ expected, found: trimmed, at: `line ${index + 1}` })
        else if (found.has(groups['key']!)) bad.push({ expected: `${expected}, each name once`, found: trimmed, at: `line ${index + 1}` })
        else found.set(groups['key']!, groups['value']!)
      }
      const [first, ...rest] = bad
      if (first !== undefined) throw new BadValue(first, ...rest)
      return Object.fromEntries(found)
    },
  }
}

/** An http or https address. */
export function url(): Field<string> {
  return {
    parse: (raw) => {
      const parsed = URL.canParse(raw) ? new URL(raw) : undefined
      if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) throw new BadValue({ expected: 'an address that begins with `https://` or `http://`' })
      if (parsed.username !== '' || parsed.password !== '') throw new BadValue({ expected: 'an address without user and password; hand those over as a header', found: `${parsed.protocol}//…@${parsed.host}` })
      return raw
    },
  }
}

/** Epoch milliseconds, from ISO 8601 or epoch milliseconds. */
export function time(): Field<number> {
  return {
    parse: (raw) => {
      if (/^\d{12,14}$/.test(raw)) return Number(raw)
      const match = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/.exec(raw)
      // A 30th of February would count as the 2nd of March.
      const days = match === null ? 0 : new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate()
      const at = match !== null && Number(match[3]) <= days ? Date.parse(raw) : Number.NaN
      if (Number.isNaN(at)) throw new BadValue({ expected: 'a time such as `2026-11-21T14:05:00Z`, or milliseconds since the epoch' })
      return at
    },
  }
}

const SIZES: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** The bytes of `300MB` or `1.5GiB`; `undefined` for anything else. */
export function parseBytes(raw: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(raw)
  const bytes = match === null ? 0 : Math.floor(Number(match[1]) * SIZES[match[2]!]!)
  return bytes > 0 ? bytes : undefined
}

export function byteSize(): Field<number> {
  return {
    parse: (raw) => {
      const bytes = parseBytes(raw)
      if (bytes === undefined) throw new BadValue({ expected: 'a size, such as `300MB` or `1.5GiB`' })
      return bytes
    },
  }
}

/** `linux/amd64,linux/arm64` */
export function platforms(): Field<readonly string[]> {
  return {
    parse: (raw) => {
      const found = raw.replace(/^\[(.*)\]$/, '$1').split(',').map((name) => name.trim())
      const bad = found.filter((name) => !/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/.test(name))
      if (bad.length > 0 || new Set(found).size !== found.length) throw new BadValue({ expected: 'platforms, each once, such as `linux/amd64,linux/arm64`' })
      return found
    },
  }
}
