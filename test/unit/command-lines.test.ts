/** Whoever looks for secrets in command lines relies on it. */
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { commandLinesDuring } from '../support/command-lines.js'

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
const sh = (script: string, name: string): void => void spawnSync('sh', ['-c', script, name])

// Elsewhere no file tells them.
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('the command lines of a machine', () => {
  test('are seen while the test itself is busy, of short programs and of children too', async () => {
    const { seen } = await commandLinesDuring(async () => {
      for (const digit of DIGITS) sh(`sleep 0.3${digit}; true`, `short-${digit}`)
    })
    expect(seen.match(/(?<=short-)\d/g)?.toSorted()).toEqual(DIGITS)
    expect(seen.match(/(?<=^sleep 0\.3)\d(?= $)/gm)?.toSorted()).toEqual(DIGITS)
  })

  test('are seen of what a program becomes later', async () => {
    const { seen } = await commandLinesDuring(async () => sh('sleep 0.3; exec sleep 0.5001', 'first'))
    expect(seen).toMatch(/^sh -c .* first $/m)
    expect(seen).toMatch(/^sleep 0\.5001 $/m)
  })

  test('are given with the result of the work; when that fails, so does this', async () => {
    expect(await commandLinesDuring(async () => 7)).toEqual({ result: 7, seen: expect.stringContaining('jest') })
    await expect(commandLinesDuring(async () => { throw new Error('not done') })).rejects.toThrow('not done')
  })
})
