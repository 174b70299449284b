import { beforeAll, expect, test } from '@jest/globals'
import { decodeEvidence } from '../../../core/domain/evidence-decode.js'
import { replayEvidence } from '../../../core/domain/evidence-replay.js'
import { changed, written } from './lab.js'

let text = ''
beforeAll(async () => {
  text = await written()
})

const problemsOf = (source: string): readonly string[] => decodeEvidence(source).problems.map(({ line, message }) => `${line}: ${message}`)

test('every line of a file that was written is understood', () => {
  const { lines, problems, cut } = decodeEvidence(text)
  expect({ problems, cut }).toEqual({ problems: [], cut: undefined })
  expect(lines.map(({ entry }) => entry)).toEqual(text.trimEnd().split('\n').map((line): unknown => JSON.parse(line)))
})

test('all that is wrong is told, by line', () => {
  const rows = changed(changed(text, 3, ['sample', 'candidate', 'requests'], 'many'), 1, ['judge', 'alpha'], null).split('\n')
  rows[4] = 'nonsense'
  rows.splice(5, 0, '{"type":"song"}')
  expect(problemsOf(rows.join('\n'))).toEqual([
    '1: `line.judge.alpha` should be a number and is null',
    '3: `line.sample.candidate.requests` should be a number and is string',
    '5: it is not JSON: "nonsense"',
    '6: `line.type` should be one of header, step, poll, move, outcome and is string',
  ])
})

const order: readonly (readonly [string, (rows: string[]) => string[], readonly string[]])[] = [
  ['an empty file', () => [''], ['1: there is no whole line']],
  ['a file without its header', ([, ...rest]) => rest, ['1: it should be the header']],
  ['a second header', ([header = '', ...rest]) => [header, header, ...rest], ['2: it is a second header']],
  ['a poll before any step', ([header = '', , ...rest]) => [header, ...rest], ['2: it is at 10 %, and no step was begun', '3: it is at 10 %, and no step was begun']],
  ['a line after the outcome', (rows) => [...rows.slice(0, -1), rows[1]!, ''], ['LAST: it comes after the outcome, which is the last line']],
]

test.each(order)('the order counts: %s', (_, change, says) => {
  const source = change(text.split('\n')).join('\n')
  const last = source.split('\n').length - 1
  expect(problemsOf(source).slice(0, 2)).toEqual(says.map((said) => said.replace('LAST', String(last))))
})

test('a poll at another weight than its step is found', () => {
  expect(problemsOf(changed(text, 3, ['weight'], 11))).toEqual(['3: it is at 11 %, and the step before it set 10 %'])
})

test('a file of the first format is named as such', () => {
  expect(problemsOf('{"v":1,"delivery":"d-1","weight":5,"sample":{}}\n')).toEqual(['1: it is of the first format, which does not say what the judge was told'])
})

test('a last line that was cut off is left out, whatever is left of it', () => {
  const end = text.lastIndexOf('\n', text.length - 2)
  for (const left of [1, 40]) {
    const { lines, problems, cut } = decodeEvidence(text.slice(0, end + 1 + left))
    expect({ problems, cut }).toEqual({ problems: [], cut: lines.length + 1 })
    expect(replayEvidence(lines).difference).toBeUndefined()
  }
})

test('a verdict or a move that is another one now is found at its line', () => {
  const difference = (source: string): unknown => replayEvidence(decodeEvidence(source).lines).difference
  expect(difference(changed(text, 5, ['verdict', 'decision'], 'FAIL'))).toMatchObject({ line: 5, field: 'verdict.decision', written: 'FAIL', now: 'CONTINUE' })
  expect(difference(changed(text, 4, ['move', 'kind'], 'up'))).toMatchObject({ line: 4, field: 'move.kind', written: 'up', now: 'stay' })
  expect(difference(changed(text, 5, ['sample', 'candidate', 'errors'], 150))).toMatchObject({ line: 5, field: 'verdict.lean', now: 'suspect' })
  expect(difference(changed(text, 5, ['verdict', 'checks', 0, 'logEFail'], 0.25))).toMatchObject({ line: 5, field: 'verdict.checks.0.logEFail', written: 0.25 })
})

test('a step begins a new base: what was counted while the weight changed is no evidence', () => {
  const second = text.split('\n').findLastIndex((row) => row.startsWith('{"type":"step"'))
  const moved = text.split('\n').map((row, index) => {
    if (index < second || !row.startsWith('{"type":"poll"')) return row
    return row.replace(/"candidate":\{"identity":"v2","requests":(\d+),"errors":(\d+)/, (_, requests, errors) => `"candidate":{"identity":"v2","requests":${Number(requests) + 500},"errors":${Number(errors) + 400}`)
  })
  expect(moved.join('\n')).not.toBe(text)
  expect(replayEvidence(decodeEvidence(moved.join('\n')).lines).difference).toBeUndefined()
})
