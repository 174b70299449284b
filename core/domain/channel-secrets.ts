import type { ChannelOptions } from './channels.js'
import { secretsInHeaders } from './header-secrets.js'

/** Shorter paths are words; hiding them would hide those everywhere. */
const SHORTEST = 12
const isLong = (text: string): boolean => text.length >= SHORTEST

/** What must be in no log, error or record. */
export function secretsIn(options: ChannelOptions): readonly string[] {
  switch (options.name) {
    case 'slack':
      return [...present(options.token), ...secretsInAddress(options.webhook)]
    case 'email':
      return present(options.password)
    case 'teams':
      return secretsInAddress(options.webhook)
    case 'alertmanager':
      return [...present(options.bearer), ...present(options.basic?.password)]
    case 'webhook':
      return [...present(options.secret), ...secretsInAddress(options.url), ...secretsInHeaders(options.headers)]
    default:
      return []
  }
}

/** Whoever knows the address of a webhook can post: its path, or what its query is signed with. */
function secretsInAddress(address: string | undefined): readonly string[] {
  if (address === undefined || !URL.canParse(address)) return present(address)
  const { href, pathname, search, searchParams } = new URL(address)
  return [...new Set([address, href, pathname, search, ...searchParams.values()])].filter(isLong)
}

function present(secret: string | undefined): readonly string[] {
  return secret === undefined || secret === '' ? [] : [secret]
}
