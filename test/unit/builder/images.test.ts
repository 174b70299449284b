import { describe, expect, test } from '@jest/globals'
import { originsOf, type Asked } from '../../../core/domain/dockerfile/images.js'
import { growthOf } from '../../../core/domain/image-growth.js'
import { isRepository, registryOf, tagOf } from '../../../core/domain/image-name.js'

const origins = (text: string, more: Partial<Asked> = {}) => originsOf(text, { args: {}, platforms: ['linux/amd64'], contexts: [], ...more })

describe('where the content of a build comes from', () => {
  test('bases, other images, the frontend; stages and scratch are none', () => {
    const text = '# syntax=docker/dockerfile:1\nFROM golang:1 AS build\nRUN --mount=type=cache,target=/c --mount=type=bind,from=tools:2,target=/t make\nFROM scratch\nCOPY --from=build /a /\nCOPY --from=extra:3 /b /\nCOPY --from=0 /c /\n'
    expect(origins(text)).toMatchObject({ unknown: [], stages: { names: ['build'], count: 2 } })
    expect(origins(text).images.toSorted()).toEqual(['docker/dockerfile:1', 'extra:3', 'golang:1', 'tools:2'])
  })

  test('only of the stages that the target needs', () => {
    const text = 'FROM base:1 AS one\nFROM other:1 AS two\nFROM one AS three\nRUN true\n'
    expect(origins(text).images).toEqual(['base:1'])
    expect(origins(text, { target: 'TWO' }).images).toEqual(['other:1'])
    expect(origins(text, { target: '1' }).images).toEqual(['other:1'])
    expect(origins(text, { target: 'nowhere' }).images).toEqual([])
  })

  test('names with arguments, as given or as usual, on each platform', () => {
    const text = 'ARG TAG=1\nARG NAME\nFROM ${NAME:-base}:$TAG-$TARGETARCH\n'
    expect(origins(text, { platforms: ['linux/amd64', 'linux/arm64'] }).images).toEqual(['base:1-amd64', 'base:1-arm64'])
    expect(origins(text, { args: { TAG: '2', NAME: 'mine' } }).images).toEqual(['mine:2-amd64'])
    // An argument of a stage is none of FROM.
    expect(origins('FROM a\nARG X=b\nFROM $X\n').unknown).toEqual(['line 3: `$X` names no image that is known before the build'])
  })

  test.each([
    ['the machine that builds', 'FROM base-$BUILDARCH\n'], ['an argument that nobody gave', 'ARG BASE\nFROM $BASE\n'], ['a form that is not read here', 'ARG A=x\nFROM ${A#y}\n'],
    ['a download', 'FROM scratch\nADD https://x.example/a.tgz /\n'], ['a repository', 'FROM scratch\nADD git@x.example:o/r.git#main /r\n'], ['a download that a variable may name', 'FROM scratch\nADD $WHERE /\n'],
    ['a mount from what a variable names', 'FROM scratch\nRUN --mount=from=$X,target=/x true\n'],
  ])('%s is not known before the build', (_, text) => {
    expect(origins(text).unknown).toHaveLength(1)
  })

  test.each([
    ['a download with its checksum', 'FROM scratch\nADD --checksum=sha256:00 https://x.example/a.tgz /\n'], ['a repository at a commit', `FROM scratch\nADD https://x.example/r.git#${'a'.repeat(40)} /r\n`],
    ['a file', 'FROM scratch\nADD a.tgz /\n'], ['a text that only looks like one', 'FROM scratch\nCOPY <<EOF /a\nADD https://x.example/a /\nEOF\n'], ['a stage nobody needs', 'FROM scratch AS a\nADD https://x.example/a /\nFROM scratch\n'],
  ])('%s is', (_, text) => {
    expect(origins(text).unknown).toEqual([])
  })

  test('named contexts take the place of images', () => {
    expect(origins('FROM base:1\nCOPY --from=lib a /\n', { contexts: ['base:1', 'lib'] })).toMatchObject({ images: [], contexts: ['base:1', 'lib'] })
  })

  test('a frontend is a directive at the top, or an argument', () => {
    expect(origins('FROM scratch\n# syntax=x\n').images).toEqual([])
    expect(origins('# syntax=a:1\nFROM scratch\n', { args: { BUILDKIT_SYNTAX: 'b:1' } }).images).toEqual(['b:1'])
    expect([...origins('ARG A\nFROM scratch\nARG B=1 C\n').declared]).toEqual(['A', 'B', 'C'])
  })
})

test.each([['registry.example/a/b', true], ['localhost/a', true], ['127.0.0.1:5000/a', true], ['a/b', true], ['shop', true], ['Shop', false], ['a:1', false], ['a@sha256:0', false], ['registry.example/', false], ['a//b', false], ['', false]])('"%s" is a repository: %s', (text, is) => {
  expect(isRepository(text)).toBe(is)
})

test('the registry of a name, and the tag of a version', () => {
  expect(['registry.example/a', 'localhost/a', '127.0.0.1:5000/a/b', 'library/a', 'a'].map(registryOf)).toEqual(['registry.example', 'localhost', '127.0.0.1:5000', 'docker.io', 'docker.io'])
  expect(['1.0.0+build.5', 'v1', 'a b', '', '-x', 'x'.repeat(129)].map(tagOf)).toEqual(['1.0.0_build.5', 'v1', undefined, undefined, undefined, undefined])
})

test('what grew: layers by the instruction that made them, the one that grew most first', () => {
  const layer = (digest: string, bytes: number, createdBy: string) => ({ digest, bytes, createdBy })
  const before = [layer('base', 100, 'FROM'), layer('a1', 10, 'RUN npm ci'), layer('b1', 5, 'COPY . /'), layer('c', 7, 'RUN old')]
  const after = [layer('base', 100, 'FROM'), layer('a2', 40, 'RUN npm ci'), layer('b2', 5, 'COPY . /'), layer('d', 20, 'RUN new')]
  expect(growthOf(before, after)).toEqual({
    total: 43, changes: [{ createdBy: 'RUN npm ci', before: 10, after: 40 }, { createdBy: 'RUN new', after: 20 }, { createdBy: 'COPY . /', before: 5, after: 5 }, { createdBy: 'RUN old', before: 7 }],
  })
  expect(growthOf(after, after)).toEqual({ total: 0, changes: [] })
})
