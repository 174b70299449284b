import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { archiveOf, filesIn, firstFile, isWhole } from '../../../core/drivers/engines/docker/tar.js'

describe('the archive of a file', () => {
  test.each([['empty', ''], ['short', 'hällo\n'], ['a block', 'x'.repeat(512)], ['long', 'größe\n'.repeat(10_000)]])('holds what was put in: %s', (_what, text) => {
    expect(firstFile(archiveOf({ wish: text }, 0))).toBe(text)
  })

  test('is read by tar as it is meant', () => {
    const archive = archiveOf({ wish: 'hällo\n' }, Date.UTC(2026, 0, 2))
    const listed = spawnSync('tar', ['-tv', '--utc', '--numeric-owner', '-f', '-'], { input: archive, encoding: 'utf8' })
    expect(listed.stderr).toBe('')
    expect(listed.stdout.trim().replaceAll(/\s+/g, ' ')).toBe('-rw-r--r-- 0/0 7 2026-01-02 00:00 wish')
    expect(spawnSync('tar', ['-xO', '-f', '-'], { input: archive, encoding: 'utf8' }).stdout).toBe('hällo\n')
  })

  test.each(['ustar', 'pax', 'gnu'])('is found behind what only describes it, as tar writes it (%s)', (format) => {
    const name = format === 'ustar' ? 'x' : 'x'.repeat(150)
    const made = spawnSync('sh', ['-c', `cd "$(mktemp -d)" && printf 'content' > ${name} && tar -c --format=${format} ${name}; rm -r "$PWD"`])
    expect(firstFile(made.stdout)).toBe('content')
  })

  test('of several holds all that are right in it, in their order', () => {
    const files = { keeper: 'first', wish: 'größe', empty: '' }
    expect(filesIn(archiveOf(files, 0))).toEqual(files)
    expect(Object.keys(filesIn(archiveOf(files, 0)))).toEqual(Object.keys(files))
    const made = spawnSync('sh', ['-c', 'cd "$(mktemp -d)" && mkdir d && echo in > d/f && echo out > f && ln -s f l && tar -c .; rm -r "$PWD"'])
    expect(filesIn(made.stdout)).toEqual({ f: 'out\n' })
  })

  test('of a folder or of nothing holds no file', () => {
    const folder = spawnSync('sh', ['-c', 'cd "$(mktemp -d)" && mkdir d && echo x > d/f && tar -c d; rm -r "$PWD"'])
    expect(firstFile(folder.stdout)).toBeUndefined()
    expect(firstFile(new Uint8Array(1024))).toBeUndefined()
    expect(firstFile(new Uint8Array())).toBeUndefined()
  })

  test('that is cut off is not whole, and gives what there is', () => {
    const all = archiveOf({ wish: 'x'.repeat(2000) }, 0)
    expect(isWhole(all)).toBe(true)
    for (const cut of [0, 512, 1500, 2560, all.length - 512]) expect(isWhole(all.subarray(0, cut))).toBe(false)
    expect(firstFile(all.subarray(0, 1500))).toBe('x'.repeat(1500 - 512))
    expect(firstFile(all.subarray(0, 512))).toBe('')
  })
})
