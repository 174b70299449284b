import type { Base } from '../store/base.js'
import type { RunConfig } from '../store/documents.js'

/** What a stage begins with, or a COPY takes from. */
export type Origin = { readonly kind: 'scratch' } | { readonly kind: 'stage'; readonly index: number } | { readonly kind: 'base'; readonly base: Base }

export interface CopyStep {
  readonly kind: 'copy'
  readonly line: number
  readonly verb: 'COPY' | 'ADD'
  readonly from: Origin | { readonly kind: 'context' }
  readonly sources: readonly string[]
  /** Absolute in the image. */
  readonly target: string
  /** The target was written as a folder. */
  readonly folder: boolean
  readonly owner?: string
  readonly mode?: number
}

export interface FolderStep {
  readonly kind: 'folder'
  readonly line: number
  readonly path: string
}

export type Step = CopyStep | FolderStep

/** A stage with its variables put in: what to do to its origin, and how the result runs. */
export interface ResolvedStage {
  readonly index: number
  readonly origin: Origin
  readonly config: RunConfig
  readonly steps: readonly { readonly step?: Step; readonly source: string }[]
}


