import module from 'node:module'
import path from 'node:path'

/** Lets the later steps of a job start faster. Best effort: Node before 22.8 has none, and a fault is no reason to fail. */
export function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const temp = env['RUNNER_TEMP'] ?? ''
  // The default import: a bundler's copy of the namespace lacks what the module's function carries.
  if (temp === '' || !('enableCompileCache' in module)) return
  try {
    module.enableCompileCache(path.join(temp, 'ecluse-compile-cache'))
  } catch {
    // Without it, all is as it was.
  }
}
