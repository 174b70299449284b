/** The system's own code of a fault, such as `ENOENT`. */
export function errnoOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}
