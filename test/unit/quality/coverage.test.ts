import { expect, test } from '@jest/globals'
import { byFolder, mergedCoverage, shownPercent, sum, type FileCoverage } from '../../../core/domain/quality/coverage.js'
import { lcovFiles } from '../../../core/domain/quality/lcov.js'
import { contentOf, faultOf } from './lab.js'

const short = (files: readonly FileCoverage[]): readonly string[] => files.map(({ file, lines, branches }) => `${file} ${lines.covered}/${lines.total} ${branches.covered}/${branches.total}`)

test.each([
  ['lcov, a file in two sections, and Windows paths', 'lcov.info', ['src/cart/cart.ts 4/4 1/3', 'src/mail/mail.ts 0/2 0/0']],
  ['lcov with sums only', 'counted.info', ['src/a.ts 7/10 4/4']],
  ['Cobertura, a file of two classes, names relative to its source', 'cobertura.xml', ['/home/runner/work/shop/shop/src/shop/cart.py 3/4 1/2', '/home/runner/work/shop/shop/src/shop/mail.py 0/1 0/0']],
  ['JaCoCo, two modules with one class', 'jacoco.xml', ['core/com/shop/Cart.java 3/4 1/2', 'web/com/shop/Cart.java 0/4 0/0']],
  ["Istanbul's json-summary", 'istanbul.json', ['/home/runner/work/shop/shop/src/cart.ts 3/4 1/2', '/home/runner/work/shop/shop/src/mail.ts 1/2 0/0']],
])('coverage of %s', async (_, file, wanted) => {
  expect(short((await contentOf('coverage', `covered/${file}`)).files)).toEqual(wanted)
})

test.each([
  ['junit/pytest.xml', "unreadable: it begins with <testsuites>, not with Cobertura's <coverage> or JaCoCo's <report>"],
  ['audit/npm.json', 'unreadable: it has no `total`, as the reporter `json-summary` writes it'],
])('%s is no coverage', async (file, why) => {
  expect(await faultOf('coverage', file)).toBe(why)
})

test.each([
  ['SF:a\nDA:1,1\n', 'it ends without `end_of_record`, as a file that was cut off does'],
  ['SF:a\nDA:1,1\nSF:b\n', 'line 3 begins a file before `end_of_record` ended the one before'],
  ['SF:a\nDA:1\nend_of_record\n', 'line 2 is "DA:1"'],
  ['nothing of the kind\n', 'line 1 is "nothing of the kind"'],
])('lcov that is none: %j', (text, why) => {
  expect(() => lcovFiles(text)).toThrow(why)
})

const file = (name: string, covered: number, total: number): FileCoverage => ({ file: name, lines: { covered, total }, branches: { covered: 0, total: 0 } })

test('a file that two reports tell of counts once', () => {
  const merged = mergedCoverage([file('a', 3, 10), file('b', 1, 1), file('a', 7, 9)])
  expect(short(merged)).toEqual(['a 7/10 0/0', 'b 1/1 0/0'])
  expect(sum(merged.map(({ lines }) => lines))).toEqual({ covered: 8, total: 11 })
})

test('folders are the first ones in which the files differ, the least covered first', () => {
  const folders = (...names: readonly string[]): readonly string[] => byFolder(names.map((name, index) => file(name, index, 10))).map(({ folder }) => folder)
  expect(folders('src/a/x.ts', 'src/b/y.ts', 'src/a/z.ts')).toEqual(['src/a', 'src/b'])
  expect(folders('src/x.ts', 'src/y.ts')).toEqual(['src'])
  expect(folders('x.ts', 'lib/y.ts')).toEqual(['.', 'lib'])
  expect(folders()).toEqual([])
})

test('a share is never rounded up', () => {
  expect(shownPercent({ covered: 79_999, total: 100_000 })).toBe('79.99 %')
  expect(shownPercent({ covered: 0, total: 0 })).toBe('nothing')
  expect(shownPercent({ covered: 29, total: 50 })).toBe('58.00 %')
})
