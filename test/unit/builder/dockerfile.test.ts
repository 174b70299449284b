import { describe, expect, test } from '@jest/globals'
import { BadWord, expanded } from '../../../core/domain/dockerfile/expansion.js'
import { declaredArguments, readDockerfile, stageNamed } from '../../../core/drivers/builders/oci-layout/dockerfile/stages.js'
import { listOf, pairsOf, splitWords } from '../../../core/domain/dockerfile/words.js'
import { Findings } from '../../../core/drivers/builders/oci-layout/findings.js'
import { InputError, type Problem } from '../../../core/errors/families.js'

function read(text: string) {
  const findings = new Findings('Dockerfile')
  const dockerfile = readDockerfile(text, findings)
  findings.throwIfAny()
  return dockerfile
}

function problemsOf(text: string): readonly Problem[] {
  try {
    read(text)
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown.problems
    throw thrown
  }
  return []
}

const body = (text: string) => read(`FROM scratch\n${text}`).stages[0]!.body.map(({ source: _source, ...rest }) => rest)

describe('lines', () => {
  test('go on after the escape character, over comments and empty lines, and count from where they start', () => {
    expect(body('ENV a=1 \\\n# a comment\n\n    b=2 \\  \n  c=3\nUSER x')).toEqual([
      { kind: 'env', line: 2, pairs: [['a', '1'], ['b', '2'], ['c', '3']] },
      { kind: 'user', line: 7, value: 'x' },
    ])
  })

  test('may have Windows ends, a byte order mark, and another escape character', () => {
    expect(read('\uFEFF# escape=`\r\nFROM scratch\r\nENV p=C:\\x `\r\n  q=2\r\n').stages[0]!.body).toMatchObject([{ line: 3, pairs: [['p', 'C:\\x'], ['q', '2']] }])
  })

  test('that are comments are no directives once anything else came before', () => {
    expect(read('# hello\n# escape=`\nFROM scratch\n').escape).toBe('\\')
    expect(problemsOf('# escape=x\nFROM scratch\n')[0]).toMatchObject({ code: 'dockerfile-invalid', message: expect.stringContaining('Dockerfile:1') })
    expect(problemsOf('# syntax=docker/dockerfile:1\nFROM scratch\n')).toEqual([])
    expect(problemsOf('# syntax=example.com/own\nFROM scratch\n')[0]).toMatchObject({ code: 'dockerfile-unsupported' })
  })

  test('of a heredoc are not taken for instructions', () => {
    const stage = read('FROM scratch\nRUN <<A <<-"B"\nFROM nowhere\nA\nCMD\n\tB\nUSER x\n').stages[0]!
    expect(stage.body.map(({ kind, line }) => [kind, line])).toEqual([['unsupported', 2], ['user', 7]])
    expect(problemsOf('FROM scratch\nCOPY <<EOF /x\nhello\n')[0]?.message).toContain('`EOF` has no end')
    expect(body('COPY <<EOF /x\nhello\nEOF')).toMatchObject([{ kind: 'unsupported', message: 'Heredocs are not supported.' }])
    expect(body('RUN cat <<<word\nUSER x')).toHaveLength(2)
  })
})

describe('instructions', () => {
  test.each([
    ['CMD ["a", "b c"]', { kind: 'cmd', command: { exec: ['a', 'b c'] } }],
    ['cmd a  "b c"', { kind: 'cmd', command: { shell: 'a  "b c"' } }],
    ['ENTRYPOINT []', { kind: 'entrypoint', command: { exec: [] } }],
    ['ENV a b  c', { kind: 'env', pairs: [['a', 'b  c']] }],
    ['LABEL "a b"="c d" e=\'f g\'', { kind: 'label', pairs: [['"a b"', '"c d"'], ['e', "'f g'"]] }],
    ['ARG a b=1', { kind: 'arg', pairs: [['a', undefined], ['b', '1']] }],
    ['COPY --chown=1:2 --chmod=0644 --from=x a b c/', { kind: 'copy', verb: 'COPY', sources: ['a', 'b'], target: 'c/', from: 'x', owner: '1:2', mode: '0644' }],
    ['ADD ["a b", "c"]', { kind: 'copy', verb: 'ADD', sources: ['a b'], target: 'c' }],
    ['VOLUME ["/a b"]', { kind: 'volume', words: ['/a b'] }],
    ['EXPOSE 80 53/udp', { kind: 'expose', words: ['80', '53/udp'] }],
    ['HEALTHCHECK NONE', { kind: 'healthcheck', test: ['NONE'], timing: {} }],
    ['HEALTHCHECK --interval=1m30s --retries=2 CMD ["a"]', { kind: 'healthcheck', test: { exec: ['a'] }, timing: { Interval: 90e9, Retries: 2 } }],
  ])('%s', (text, asked) => {
    expect(body(text)).toEqual([{ ...asked, line: 2 }])
  })

  test.each([
    ['RUN make', 'RUN needs a container engine.'],
    ['SHELL ["bash"]', 'SHELL only matters'],
    ['ONBUILD COPY a b', 'ONBUILD puts'],
    ['MAINTAINER me', 'MAINTAINER is no longer'],
    ['ADD https://example.com/x /', 'ADD of a URL'],
    ['ADD git@github.com:o/r.git /', 'ADD of a URL'],
    ['ADD x.tar.gz /', 'ADD would unpack'],
    ['COPY --parents a b', 'COPY --parents is not supported.'],
    ['USER --x y', 'USER --x is not supported.'],
  ])('%s is left to an engine', (text, message) => {
    expect(body(text)).toMatchObject([{ kind: 'unsupported', message: expect.stringContaining(message), fix: expect.stringMatching(/\.$/) }])
  })

  test('that are wrong are all told at once, each with its line', () => {
    const problems = problemsOf('ENV a=1\nFROM scratch AS\nFROM scratch as a\nFROM scratch AS A\nCMD [\'x\']\nCOPY a\nENV a=1 b\nBUILD x\nWORKDIR\nHEALTHCHECK --interval=soon CMD x\nHEALTHCHECK maybe\nARG 1x\n')
    expect(problems.map(({ message }) => /:(\d+):/.exec(message)?.[1])).toEqual(['1', '2', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
    expect(problems.every(({ code, fix }) => code === 'dockerfile-invalid' && fix !== undefined)).toBe(true)
    expect(problemsOf('')[0]?.message).toContain('no FROM')
    expect(problemsOf('ARG a=1\n')[0]?.message).toContain('no FROM')
  })

  test('make stages, which are found by name without regard to case, or by number', () => {
    const dockerfile = read('ARG base=scratch\nFROM scratch AS One\nARG x\nFROM one\n')
    expect([stageNamed(dockerfile, 'ONE', 2), stageNamed(dockerfile, '0', 2), stageNamed(dockerfile, '1', 1), stageNamed(dockerfile, 'two', 2)]).toEqual([0, 0, undefined, undefined])
    expect([...declaredArguments(dockerfile)]).toEqual(['base', 'x'])
  })
})

describe('words', () => {
  const values: Readonly<Record<string, string>> = { a: 'A', empty: '', path: '/x y' }
  const unset: string[] = []
  const expand = (text: string, escape: '\\' | '`' = '\\'): string => expanded(text, { escape, value: (name) => values[name], unset: (name) => void unset.push(name) })

  test.each([
    ['$a', 'A'], ['${a}b', 'Ab'], ['$ab', ''], ['\\$a', '$a'], ["'$a'", '$a'], ['"$a b"', 'A b'], ['"\\$a \\n"', '$a \\n'], ['a\\ b', 'a b'], ['100$', '100$'], ['$1', '$1'],
    ['${none:-d}', 'd'], ['${empty:-d}', 'd'], ['${empty-d}', ''], ['${a:-d}', 'A'], ['${a:+y}', 'y'], ['${empty:+y}', ''], ['${empty+y}', 'y'], ['${none:-${a}$a}', 'AA'], ['${none:-"b c"}', 'b c'], ['${a:?no}', 'A'],
    ['$path/z', '/x y/z'],
  ])('%s becomes "%s"', (text, result) => {
    expect(expand(text)).toBe(result)
  })

  test.each(['${a', '"a', "'a", '${}', '${a#b}', '${none:?must be set}', '${none?}'])('%s is refused', (text) => {
    expect(() => expand(text)).toThrow(BadWord)
  })

  test('tell which variables nothing sets, unless the word says what to do then', () => {
    unset.length = 0
    expand('$one ${two:-x} ${three}')
    expect(unset).toEqual(['one', 'three'])
    expect(expand('`$a', '`')).toBe('$a')
  })

  test('split at blanks that are neither quoted nor escaped', () => {
    expect(splitWords('a "b c" d\\ e \'f g\'h', '\\')).toEqual(['a', '"b c"', 'd\\ e', "'f g'h"])
    expect(pairsOf('a=1=2 b= "c=d"=e', '\\')).toEqual([['a', '1=2'], ['b', ''], ['"c=d"', 'e']])
    expect([listOf('["a"]').kind, listOf('a').kind, listOf("['a']").kind, listOf('[1]').kind]).toEqual(['list', 'text', 'broken', 'broken'])
  })
})
