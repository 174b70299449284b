export interface CountersDoor {
  /** Host and port to scrape. */
  readonly target: string
  close(): Promise<void>
}

export function openCounters(state: string, environment: string): Promise<CountersDoor>
export function scrapeOf(target: string): string
export function countedBy(url: string, more?: Readonly<Record<string, unknown>>): { readonly prometheus: Readonly<Record<string, unknown>> }
