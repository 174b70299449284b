/** What an action did. `reason` comes from the action's closed list. */
export interface Outcome<Reason extends string = string, Output extends string = string> {
  readonly ok: boolean
  readonly reason: Reason
  /** One or two sentences for a person: what happened, to what, what to do next. */
  readonly message: string
  /** Every output of the action but `reason`; an empty text where there is nothing to say. */
  readonly outputs: Readonly<Record<Output, string>>
  readonly summary: Summary
}

/** The job summary, as parts that the host renders for GitHub, for a terminal or as HTML. */
export interface Summary {
  readonly title: string
  readonly parts: readonly SummaryPart[]
}

export type SummaryPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly title?: string; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'chart'; readonly title: string; readonly unit: string; readonly series: readonly Series[]; readonly marks: readonly Mark[] }
  | { readonly kind: 'details'; readonly title: string; readonly text: string }

export interface Series {
  readonly name: string
  /** Seconds since the start, value. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Mark {
  readonly at: number
  readonly label: string
}
