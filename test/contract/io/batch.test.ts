/** Turns of what only has to get done, by the kernel's own word: field 41 of `/proc/<pid>/stat`, where 3 is SCHED_BATCH. */
import { describe, expect, test } from '@jest/globals'
import { systemProcesses } from '../../../core/io/process.js'

/** Says which policy it runs under, as soon as it is that one, and after seconds at the latest. */
const saysPolicy = ['/bin/sh', '-c', 'for left in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do read -r stat < /proc/$$/stat; set -- $stat; policy=${41}; [ "$policy" = 3 ] && break; /bin/sleep 0.1; done; echo $policy'] as const
const policyOf = async (more: { readonly batch?: true; readonly env?: Record<string, string> }): Promise<string> => {
  const { stdout } = await systemProcesses({ env: process.env }).run({ what: 'look at its own turns', argv: saysPolicy, timeoutMs: 60_000, ...more })
  return stdout.trim()
}

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('a program', () => {
  test('that only has to get done is put among such', async () => {
    expect(await policyOf({ batch: true })).toBe('3')
  })

  test('of which nobody says so is not', async () => {
    expect(await policyOf({})).toBe('0')
  })

  test('runs as it is where nobody can ask for it', async () => {
    expect(await policyOf({ batch: true, env: { PATH: '/nowhere' } })).toBe('0')
  })
})
