import { describe, expect, it } from '@jest/globals'
import { parseDotenv } from '../../../core/host/dotenv.js'

const read = (text: string) => parseDotenv(text).variables

describe('ECLUSE_ENV', () => {
  it.each([
    ['A=b', { A: 'b' }],
    ['A=', { A: '' }],
    ['A = b c  ', { A: 'b c' }],
    ['export A=b', { A: 'b' }],
    ['# note\n\n  A=b # note\r\nB=c#d\n', { A: 'b', B: 'c#d' }],
    ['A="b # c" # note', { A: 'b # c' }],
    [`A='b "c" \\n'`, { A: 'b "c" \\n' }],
    ['A="one\ntwo\\nthree \\"four\\" \\$five \\w"\nB=c', { A: 'one\ntwo\nthree "four" $five \\w', B: 'c' }],
    [`A='-----BEGIN\nKEY'\nB=c`, { A: '-----BEGIN\nKEY', B: 'c' }],
    ['A=b=c==', { A: 'b=c==' }],
    ['A=1\nA=2', { A: '2' }],
    ['\uFEFFA=b', { A: 'b' }],
    ['A= # nothing', { A: '' }],
    ['', {}],
  ])('reads %j', (text, expected) => {
    expect(parseDotenv(text)).toEqual({ variables: expected, problems: [] })
  })

  it('names the line of what it can not read, and nothing of what is in it', () => {
    const { variables, problems } = parseDotenv('A="x\ny"\nhunter2 is here\nB="hunter2\nC=d\n1D=hunter2')
    expect(problems.map(({ message }) => message)).toEqual([
      'Line 3 of `ECLUSE_ENV` is not `NAME=value`.',
      'Line 4 of `ECLUSE_ENV` has a quote around `B` that does not end, or text after it.',
      'Line 6 of `ECLUSE_ENV` is not `NAME=value`.',
    ])
    expect(JSON.stringify(problems)).not.toContain('hunter2')
    expect(variables).toEqual({ A: 'x\ny', C: 'd' })
  })

  it('does not let a secret take the place of what belongs to the runner', () => {
    expect(parseDotenv('GITHUB_OUTPUT=/x\nNODE_OPTIONS=--x\nPATH=/y').problems).toHaveLength(3)
    expect(read('PATHS=/y')).toEqual({ PATHS: '/y' })
  })
})
