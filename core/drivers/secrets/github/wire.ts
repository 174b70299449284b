import { list, object, text, type Decoder } from '../../../domain/local-control/decode.js'
import { RemoteError } from '../../../errors/families.js'

export interface SecretWire {
  readonly name: string
  readonly updated_at: string
}

export interface KeyWire {
  readonly key_id: string
  readonly key: string
}

export interface VariableWire {
  readonly name: string
  readonly value: string
}

export const secretWire = object<SecretWire>({ name: text, updated_at: text })
export const keyWire = object<KeyWire>({ key_id: text, key: text })
export const variableWire = object<VariableWire>({ name: text, value: text })
export const runWire = object<{ readonly status: string }>({ status: text })

/** The items of a page such as `{ secrets: [] }`. */
export function itemsOf(key: 'secrets' | 'variables'): (page: unknown) => readonly unknown[] {
  const page = object<Readonly<Record<string, readonly unknown[]>>>({ [key]: list((value) => value) })
  return (data) => decoded(page, data, `list the ${key}`)[key] ?? []
}

/** What GitHub answered, or a fault that says what does not fit. */
export function decoded<T>(decode: Decoder<T>, data: unknown, what: string): T {
  try {
    return decode(data, 'answer')
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    throw new RemoteError('github-refused', {
      message: `Could not ${what}: GitHub's answer is not understood: ${thrown.message}.`, fix: 'Report it, with the version of GitHub Enterprise Server where it is one.', service: 'github', operation: what, cause: thrown,
    })
  }
}
