import { expect, test } from '@jest/globals'
import { filesBelow, textOf } from '../support/policy/files.js'
import { usesOf } from '../support/policy/syntax.js'

const MOCKING = /^jest\.(mock|doMock|unstable_mockModule|spyOn|replaceProperty|createMockFromModule|setMock|automock|enableAutomock)$/

/** Fakes of ports are written by hand and held to the port's contract; a module that is mocked proves nothing. */
const mockFaults = (file: string, source: string): readonly string[] => usesOf(source).names.filter((name) => MOCKING.test(name)).map((name) => `${file} uses ${name}`)

test('no test mocks a module or spies on one', () => {
  const tests = filesBelow('test').filter((file) => /\.(ts|mts)$/.test(file) && !file.endsWith('.d.mts'))
  expect(tests.length).toBeGreaterThan(50)
  expect(tests.flatMap((file) => mockFaults(file, textOf(file)))).toEqual([])
})

test.each(["jest.mock('../core/io/http.js')", "jest.unstable_mockModule('../core/io/http.js', () => ({}))", "jest.spyOn(clock, 'now')"])('finds %s', (source) => {
  expect(mockFaults('a.test.ts', source)).toEqual([expect.stringContaining('a.test.ts uses jest.')])
})
