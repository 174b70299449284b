import { describe, expect, test } from '@jest/globals'
import { BadPattern, partPattern, pathPattern } from '../../../core/domain/dockerfile/glob.js'
import { readIgnore } from '../../../core/domain/dockerfile/ignore.js'
import { absolute, clean } from '../../../core/domain/dockerfile/paths.js'

describe('.dockerignore', () => {
  test.each<[rules: string, ignored: readonly string[], seen: readonly string[]]>([
    ['*.md', ['README.md'], ['docs/README.md', 'README.mdx']],
    ['**/*.md', ['README.md', 'docs/a/README.md'], ['x.mdx']],
    ['node_modules', ['node_modules', 'node_modules/a/b'], ['packages/node_modules', 'node_modules2']],
    ['**/node_modules', ['node_modules/x', 'packages/a/node_modules/x'], ['my_node_modules/x']],
    ['/build/', ['build', 'build/x'], ['src/build']],
    ['*\n!keep', ['a', 'a/keep'], ['keep', 'keep/a']],
    ['docs\n!docs/*.md\ndocs/secret.md', ['docs/x', 'docs/secret.md', 'docs/a/b.md'], ['docs/a.md']],
    ['docs/secret.md\n!docs', [], ['docs/secret.md']],
    ['temp?', ['tempa', 'tempé'], ['temp', 'tempab']],
    ['*/temp*', ['a/temporary', 'a/temp/x'], ['temp', 'a/b/temp']],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z/deep'], ['az', 'b/a/z']],
    ['**', ['a', 'a/b'], []],
    ['[a-c]x', ['ax', 'cx/y'], ['dx', '-x']],
    ['[^a]x', ['bx'], ['ax', '/x']],
    ['\\!a\n\\#b', ['!a', '#b'], ['a', 'b']],
    ['# comment\n\n   \n  spaced  ', ['spaced'], ['# comment', '']],
    ['../up\n./here/../there', ['there'], ['up', 'here']],
    ['!\na', ['a'], ['b']],
    ['\uFEFFa\r\nb\r\n', ['a', 'b'], []],
    ['a.b+(c)', ['a.b+(c)'], ['aab+(c)', 'a.bb(c)']],
  ])('%j', (rules, ignored, seen) => {
    const ignore = readIgnore(rules)
    expect(ignored.filter((path) => !ignore.ignores(path))).toEqual([])
    expect(seen.filter((path) => ignore.ignores(path))).toEqual([])
  })

  test('closes a folder only when no exception can reach into it', () => {
    const ignore = readIgnore('a\nb\nc\n!b/keep/x\n!c/*/y\n')
    expect(['a', 'a/b', 'b', 'b/other', 'b/keep', 'b/keep/x', 'c', 'c/d', 'd'].filter((folder) => ignore.closes(folder))).toEqual(['a', 'a/b', 'b/other'])
    expect(readIgnore('a\n!**/x').closes('a')).toBe(false)
  })

  test('refuses patterns that mean nothing', () => {
    for (const bad of ['[a', 'a\\', '[z-a]']) expect(() => readIgnore(bad)).toThrow(BadPattern)
  })
})

describe('patterns and paths', () => {
  test('a pattern for one part of a path never leaves it', () => {
    expect(partPattern('*').test('a/b')).toBe(false)
    expect(partPattern('[^a]').test('/')).toBe(false)
    expect(partPattern('**').test('a.b')).toBe(true)
    expect(partPattern('\\*').test('*')).toBe(true)
    expect(partPattern('[]a]').test(']')).toBe(true)
    expect(partPattern('[a\\-c]').test('b')).toBe(false)
    expect(pathPattern('**/a').test('xa')).toBe(false)
  })

  test('paths are cleaned without going above a root', () => {
    expect([clean('/a/../../b'), clean('../a/./b//c/..'), clean(''), absolute('/w', '../x'), absolute('/w', '/x/')]).toEqual(['/b', '../a/b', '.', '/x', '/x'])
  })
})
