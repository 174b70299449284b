import { messageOf, RemoteError } from '../../../errors/families.js'

/** What the server itself says begins with a word in capitals: `NOAUTH`, `WRONGPASS`, `NOPERM`, `READONLY`. */
const SAID = /^(?:-?[A-Z][A-Z0-9]{2,} |ERR )/

const FIXES: Readonly<Record<string, string>> = {
  NOAUTH: 'Put user and password into the address: `redis://user:password@host:6379/0`.',
  WRONGPASS: 'Correct user and password in the address.',
  NOPERM: 'Let the user run FLUSHDB and DBSIZE: `ACL SETUSER name +flushdb +dbsize`.',
  READONLY: 'Name the primary; this one is a replica.',
}

/** Nothing of the password is in what comes out. */
export function redisFault(thrown: unknown, doing: { readonly place: string; readonly secrets: readonly string[] }): RemoteError {
  const said = doing.secrets.reduce((text, secret) => text.replaceAll(secret, '***'), reasonOf(thrown))
  const code = SAID.test(said) ? 'cache-refused' : 'cache-unreachable'
  const fix = FIXES[/^[A-Z]+/.exec(said)?.[0] ?? '']
  return new RemoteError(code, {
    service: 'Redis',
    operation: 'empty the cache',
    message: `Could not empty the cache ${doing.place}: "${said.slice(0, 300)}".`,
    ...(fix === undefined ? {} : { fix }),
  })
}

/** A host with several addresses gives one fault for each, and none of its own. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(messageOf).join('; ')
  return messageOf(thrown)
}
