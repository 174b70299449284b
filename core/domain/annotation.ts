/** Where a delivery is marked in the charts that people look at anyway. */
export interface GrafanaOptions {
  readonly name: 'grafana'
  readonly url: string
  readonly token: string
  /** Uid of the one dashboard that shows it; absent: every dashboard that asks for its tags. */
  readonly dashboard?: string
  /** Beside ours. */
  readonly tags: readonly string[]
}

/** A moment, or with `until` a span of time. Epoch milliseconds. */
export interface Annotation {
  readonly at: number
  readonly until?: number
  readonly text: string
  readonly tags: readonly string[]
}
