/** Where a check goes: below the environment's address, or to an address of its own. */
export function addressOf(base: string, path: string): string {
  if (/^https?:\/\//i.test(path)) return path
  return `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
}

/** Headers that were given for one address say nothing to another host, and may be secret. */
export function headersFor(address: string, base: string, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return originOf(address) === originOf(base) ? headers : {}
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address
}
