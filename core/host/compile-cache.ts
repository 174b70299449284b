import * as module from 'node:module'
import path from 'node:path'

/** Lets the later steps of a job start faster. Best effort: Node before 22.8 has none, and a fault is no reason to fail. */
export function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const temp = env['RUNNER_TEMP'] ?? ''
  if (temp === '' || !('enableCompileCache' in module) || typeof module.enableCompileCache !== 'function') return
  try {
    module.enableCompileCache(path.join(temp, 'ecluse-compile-cache'))
  } catch {
    // Without it, all is as it was.
  }
}
