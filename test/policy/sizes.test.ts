import { describe, expect, test } from '@jest/globals'
import { filesBelow, textOf } from '../support/policy/files.js'
import { measuresOf } from '../support/policy/syntax.js'

const FILE = 250
const FUNCTION = 50
const MEDIAN = 80
const UNNAMED = new Set(['utils', 'util', 'helpers', 'common', 'types', 'misc'])

const linesOf = (source: string): number => source.replace(/\n$/, '').split('\n').length

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const fileFaults = (file: string, source: string): readonly string[] => (linesOf(source) > FILE ? [`${file} has ${linesOf(source)} lines`] : [])

const shapeFaults = (file: string, source: string): readonly string[] => {
  const { defaultExport, functions } = measuresOf(source)
  const long = functions.filter(({ lines }) => lines > FUNCTION).map(({ name, lines }) => `${file}: \`${name}\` has ${lines} lines`)
  return [...long, ...(defaultExport ? [`${file} has a default export`] : [])]
}

const folderFaults = (files: readonly string[]): readonly string[] => {
  const folders = new Set(files.flatMap((file) => file.split('/').slice(0, -1).map((_, index, parts) => parts.slice(0, index + 1).join('/'))))
  return [...folders].filter((folder) => UNNAMED.has(folder.split('/').at(-1)!)).map((folder) => `${folder}/ does not say what lives there`)
}

const all = filesBelow('')
const code = all.filter((file) => /\.(ts|mts|mjs|js)$/.test(file) && !/^(dist|test\/fixtures)\//.test(file))
const shipped = code.filter((file) => /^(actions|core)\//.test(file))

describe('sizes', () => {
  test(`no source file is longer than ${FILE} lines`, () => {
    // Tables of cases are as long as there are cases; what a test stands on is held to the rule.
    const held = code.filter((file) => !file.endsWith('.test.ts') && !/^test\/contract\/.*\/suite\.ts$/.test(file))
    expect(held.flatMap((file) => fileFaults(file, textOf(file)))).toEqual([])
  })

  test(`no function is longer than ${FUNCTION} lines, and nothing is exported as default`, () => {
    expect(shipped.flatMap((file) => shapeFaults(file, textOf(file)))).toEqual([])
  })

  test(`the median file has at most ${MEDIAN} lines`, () => {
    expect(median(shipped.map((file) => linesOf(textOf(file))))).toBeLessThanOrEqual(MEDIAN)
  })

  test('every folder says what lives in it', () => {
    expect(folderFaults(all)).toEqual([])
  })

  test('find what is too long, whatever stands around it', () => {
    const body = 'run()\n'.repeat(FUNCTION)
    expect(fileFaults('a.ts', 'x\n'.repeat(FILE + 1))).toEqual([`a.ts has ${FILE + 1} lines`])
    expect(shapeFaults('a.ts', `// é\n\nfunction long(): void {\n${body}}\nfunction short(): void {}\n`)).toEqual([`a.ts: \`long\` has ${FUNCTION + 2} lines`])
    expect(shapeFaults('a.ts', `const long = () => {\n${body}}`)).toEqual([expect.stringContaining(`${FUNCTION + 2} lines`)])
    expect(shapeFaults('a.ts', `class A { long(): void {\n${body}} }`)).toEqual([`a.ts: \`long\` has ${FUNCTION + 2} lines`])
    expect(shapeFaults('a.ts', `function fits(): void {\n${'run()\n'.repeat(FUNCTION - 2)}}`)).toEqual([])
    expect(median([1, 200, 90])).toBe(90)
  })

  test('find a default export and a folder without a meaning', () => {
    expect(shapeFaults('a.ts', 'export default 1')).toEqual(['a.ts has a default export'])
    expect(shapeFaults('a.ts', 'export default function run() {}')).toEqual(['a.ts has a default export'])
    expect(folderFaults(['core/utils/deep/a.ts', 'core/domain/common.ts'])).toEqual(['core/utils/ does not say what lives there'])
  })
})
