/** The system's own code of a fault, such as `ENOENT`. */
export function errnoOf(thrown: unknown): string | undefined {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}

/** Whether a fault came out of a system call, and not out of our own code. */
export function isSystemFault(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'syscall' in thrown && 'code' in thrown
}
