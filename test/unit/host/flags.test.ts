import { describe, expect, it } from '@jest/globals'
import { closest } from '../../../core/domain/closest.js'
import type { Contract } from '../../../core/host/contract.js'
import { parseFlags } from '../../../core/host/flags.js'
import { helpText } from '../../../core/host/help.js'

const input = (more = {}) => ({ description: 'Some words.', default: '', required: false, ...more })
const contract: Contract = {
  title: 'Ecluse rollback', description: 'Go back. '.repeat(20),
  inputs: {
    environment: input({ default: 'production' }), to: input(), 'dry-run': input({ default: 'false' }),
    database: input({ description: 'Address of the database.' }), image: input({ required: true }),
  },
}
const secret = (name: string): boolean => name === 'database'
const parse = (...argv: string[]) => parseFlags(argv, contract, secret)

describe('flags', () => {
  it.each([
    [['--environment', 'staging'], { environment: 'staging' }],
    [['--environment=staging'], { environment: 'staging' }],
    [['--to=a=b'], { to: 'a=b' }],
    [['--to='], { to: '' }],
    [['--to', '-1'], { to: '-1' }],
    [['--dry-run'], { 'dry-run': 'true' }],
    [['--dry-run', '--to', 'x'], { 'dry-run': 'true', to: 'x' }],
    [['--dry-run', 'false'], { 'dry-run': 'false' }],
    [['--dry-run=false'], { 'dry-run': 'false' }],
    [['--to', 'a', '--to', 'b'], { to: 'a\nb' }],
    [[], {}],
  ])('reads %j', (argv, given) => {
    expect(parse(...argv)).toEqual({ help: false, given, problems: [] })
  })

  it('names what was probably meant, and goes on', () => {
    const { problems, given } = parse('--enviroment', 'staging', '--xyz=1', '--to', 'b')
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['input-unknown', 'There is no flag `--enviroment`. Did you mean `--environment`?'],
      ['input-unknown', 'There is no flag `--xyz`.'],
    ])
    expect(given).toEqual({ to: 'b' })
  })

  it('refuses a secret on the command line, and does not repeat it', () => {
    const { problems } = parse('--database', 'postgres://hunter2', '--database=hunter2')
    expect(problems).toHaveLength(2)
    expect(problems[0]).toMatchObject({ fix: 'Leave it out and set the environment variable `ECLUSE_DATABASE`.' })
    expect(JSON.stringify(parse('hunter2').problems) + JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('refuses words without a flag and flags without a value', () => {
    expect(parse('staging').problems).toMatchObject([{ code: 'input-unknown' }])
    expect(parse('--to').problems).toMatchObject([{ code: 'input-missing' }])
    expect(parse('--to', '--dry-run')).toMatchObject({ problems: [{ code: 'input-missing' }], given: { 'dry-run': 'true' } })
    expect(parse('--constructor', 'x').problems).toMatchObject([{ code: 'input-unknown' }])
  })
})

describe('help', () => {
  it('shows every flag with its default, wrapped, and how secrets come in', () => {
    expect(parse('--help').help).toBe(true)
    const text = helpText('dist/rollback/index.js', contract, secret, 70)
    expect(text).toContain('  --environment VALUE\n      Some words. Default: production.\n')
    expect(text).toContain('  --dry-run\n')
    expect(text).toContain('  --image VALUE\n      Some words. Required.\n')
    expect(text).toContain('  ECLUSE_DATABASE   (environment variable)\n      Address of the database.\n')
    expect(text).not.toContain('--database')
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(70)
  })
})

describe('closest', () => {
  it.each([['enviroment', 'environment'], ['TO', 'to'], ['dryrun', 'dry-run'], ['zzz', undefined]])('%s means %s', (given, meant) => {
    expect(closest(given, Object.keys(contract.inputs))).toBe(meant)
  })
})
