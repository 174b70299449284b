/** Turns of what only has to get done, by the kernel's own word: field 41 of `/proc/<pid>/stat`, where 3 is SCHED_BATCH. */
import { describe, expect, test } from '@jest/globals'
import { systemProcesses } from '../../../core/io/process.js'

/** Says which policy it runs under, as soon as it is that one, and after so many looks at the latest. */
const saysPolicy = 'left=$0; while [ $left -gt 0 ]; do read -r stat < /proc/$$/stat; set -- $stat; policy=${41}; [ "$policy" = 3 ] && break; /bin/sleep 0.1; left=$((left - 1)); done; echo $policy'
const policyOf = async (more: { readonly batch?: true; readonly env?: Record<string, string> }, looks = 20): Promise<string> => {
  const { stdout } = await systemProcesses({ env: process.env }).run({ what: 'look at its own turns', argv: ['/bin/sh', '-c', saysPolicy, String(looks)], timeoutMs: 55_000, ...more })
  return stdout.trim()
}

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('a program', () => {
  test('that only has to get done is put among such', async () => {
    // Whoever asks for it is another program, which a busy machine may be slow to start.
    expect(await policyOf({ batch: true }, 300)).toBe('3')
  })

  test('of which nobody says so is not', async () => {
    expect(await policyOf({})).toBe('0')
  })

  test('runs as it is where nobody can ask for it', async () => {
    expect(await policyOf({ batch: true, env: { PATH: '/nowhere' } })).toBe('0')
  })
})
