import type { Ambient } from '../../../ports/ambient.js'
import type { Scanner } from '../../../ports/scanner.js'

export function grypeScanner(_ambient: Ambient): Scanner {
  throw new Error('not yet')
}
