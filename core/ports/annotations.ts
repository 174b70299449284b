import type { Annotation } from '../domain/annotation.js'

/** Charts that marks are put into. Each verb is one exchange that is bounded in time; it rejects with a `RemoteError`, whose text holds no secret. */
export interface Annotations {
  readonly name: string
  /** Puts it there; resolves with its id. */
  put(annotation: Annotation): Promise<string>
  /** Makes it longer, and says how it went. */
  extend(id: string, to: Required<Pick<Annotation, 'until' | 'text' | 'tags'>>): Promise<void>
}
