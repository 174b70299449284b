import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { watchMemory } from '../bench/memory.mjs'
import { longestGapMs, p99, settledMs, type Answered } from '../bench/users.mjs'

const answer = (at: number, version: string, { ms = 5, ok = true } = {}): Answered => ({ at, ms, version, ok })

describe('when a release alone serves', () => {
  const before = [answer(0, 'v2'), answer(10, 'v2')]

  test('is when its first request began', () => {
    expect(settledMs([...before, answer(140, 'v1'), answer(150, 'v1')], 'v1', 100)).toBe(40)
  })

  test('is when the last answer of another one had ended', () => {
    expect(settledMs([...before, answer(140, 'v1'), answer(150, 'v2', { ms: 30 }), answer(160, 'v1')], 'v1', 100)).toBe(80)
  })

  test('is never, where it served nobody or failed', () => {
    expect(settledMs(before, 'v1', 100)).toBe(Infinity)
    expect(settledMs([answer(140, 'v1', { ok: false })], 'v1', 100)).toBe(Infinity)
  })
})

describe('a gap', () => {
  test('is between the beginnings of requests that were served, however their answers came', () => {
    expect(longestGapMs([answer(20, 'v1'), answer(0, 'v1'), answer(25, 'v1', { ok: false }), answer(90, 'v1')])).toBe(70)
  })

  test('needs two of them', () => {
    expect(longestGapMs([answer(0, 'v1')])).toBe(0)
  })
})

describe('p99', () => {
  const answers = Array.from({ length: 200 }, (_, index) => answer(index, 'v1', { ms: index + 1 }))

  test('is of the requests that began in the time', () => {
    expect(p99(answers, 0, 200)).toBe(199)
    expect(p99(answers, 0, 100)).toBe(100)
  })

  test('of nothing is no number, and meets no goal', () => {
    expect(p99(answers, 500, 600)).toBeNaN()
  })
})

// Only Linux tells it.
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('the memory of a program', () => {
  test('is the most that it had, and that of its children where they are asked for', async () => {
    const hold = "const held = Buffer.alloc(120 * 1024 * 1024, 1); process.stdout.write('held' + held.length); process.stdin.resume()"
    const child = spawn(process.execPath, ['-e', `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hold)}], { stdio: 'inherit' }).on('close', () => process.exit())`], { stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      const [alone, all] = [watchMemory(child.pid ?? 0), watchMemory(child.pid ?? 0, { children: true })]
      child.stdin.end()
      await once(child, 'close')
      expect(alone.done()).toBeGreaterThan(10)
      expect(alone.done()).toBeLessThan(120)
      expect(all.done()).toBeGreaterThan(120)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
