import type { Browser } from 'playwright-core'

export interface Load {
  /** From the start of the navigation to the first picture. */
  readonly ms: number
  readonly elements: number
}

export function loadOnce(browser: Browser, address: string): Promise<Load>
/** For each round, a load of each address. */
export function loadInTurn(browser: Browser, addresses: readonly string[], rounds: number): Promise<readonly (readonly Load[])[]>
