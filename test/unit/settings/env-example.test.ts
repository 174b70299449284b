import { expect, test } from '@jest/globals'
import { problemsIn, SHOP } from './lab.js'

const example = SHOP['.env.example']!
const given = (text: string, ecluse = SHOP['ecluse.yml']!): Promise<readonly string[]> => problemsIn({ ...SHOP, '.env.example': text, 'ecluse.yml': ecluse })

test('a set that agrees is right, and so is none', async () => {
  const { '.env.example': _, ...without } = SHOP
  expect(await problemsIn(SHOP)).toEqual([])
  expect(await problemsIn(without)).toEqual([])
})

test('a name that is missing there comes with the line to add', async () => {
  expect(await given(example.replace('DATABASE_POOL_SIZE=10\n', '').replace('LOGGING_LEVEL=info\n', '').replace(/DATABASE_URL=.*\n/, ''))).toEqual([
    '.env.example:1:1: `DATABASE_URL` is not in it, and environments/schema.yml has `database.url` (environments/schema.yml:2:3). Add the line `DATABASE_URL=`.',
    '.env.example:1:1: `DATABASE_POOL_SIZE` is not in it, and environments/schema.yml has `database.pool-size` (environments/schema.yml:3:3). Add the line `DATABASE_POOL_SIZE=10`.',
    '.env.example:1:1: `LOGGING_LEVEL` is not in it, and environments/schema.yml has `logging.level` (environments/schema.yml:5:3). Add the line `LOGGING_LEVEL=debug`.',
  ])
})

test('a name that nobody knows, with the one that was meant', async () => {
  expect(await given(`${example}# more\n  export LOGING_LEVEL=info\nXYZZY=1\n`)).toEqual([
    '.env.example:8:10: `LOGING_LEVEL` is not a variable that environments/schema.yml has. Did you mean `LOGGING_LEVEL`? Define it in environments/schema.yml, or take it out.',
    '.env.example:9:1: `XYZZY` is not a variable that environments/schema.yml has. Define it in environments/schema.yml, or take it out.',
  ])
})

test('a name that ecluse.yml sets itself is known', async () => {
  expect(await given(`${example}EXTRA=1\n`, 'environments: { staging: { settings: { EXTRA: 1 } }, production: {} }\n')).toEqual([])
})

test.each([
  ['DATABASE_POOL_SIZE=many', '.env.example:2:1: `DATABASE_POOL_SIZE` is "many", and `database.pool-size` (environments/schema.yml:3:3) is of the type `number`. Write a number from 1 to 100, or nothing.'],
  ['DATABASE_POOL_SIZE=101', '.env.example:2:1: `DATABASE_POOL_SIZE` is "101", and `database.pool-size` (environments/schema.yml:3:3) is of the type `number`. Write a number from 1 to 100, or nothing.'],
  ['DATABASE_POOL_SIZE=1\nDATABASE_POOL_SIZE=2', '.env.example:3:1: `DATABASE_POOL_SIZE` is there twice, first in line 2. Keep one of them.'],
  ['DATABASE_POOL_SIZE=""\nnonsense', '.env.example:3:1: the line is not `NAME=value`. Write one `NAME=value` a line, values with spaces or line ends in double quotes.'],
])('a wrong value: %s', async (line, said) => {
  expect(await given(example.replace('DATABASE_POOL_SIZE=10', line))).toEqual([said])
})

test.each([
  ['an address with a password', 'postgres://shop:kV93hfQz1@db.shop.example/shop', 'an address with a password'],
  ['an AWS key', `AKIA${'ABCDEFGH'.repeat(2)}`, 'an AWS access key'],
  ['a token', `ghp_${'a1B2c3D4'.repeat(5)}`, 'a GitHub token'],
  ['a private key', '"-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"', 'a private key'],
  ['letters drawn by chance', '9fQ2xLr7VbT0mYpK3sWd', 'what looks like a real secret'],
])('a real secret is found and not shown: %s', async (_, value, kind) => {
  const said = await given(example.replace(/DATABASE_URL=.*/, `DATABASE_URL=${value}`))
  expect(said).toEqual([`.env.example:1:1: \`DATABASE_URL\` holds ${kind}. Take it out (and change it: it is known now), and leave the value empty.`])
  expect(said.join()).not.toContain(value.slice(5, 15))
})

test.each(['', 'changeme', 'postgres://user:password@db.shop.example/shop', 'postgres://shop:shop@db.shop.example/x', 'postgres://shop:kV93hfQz1@localhost:5432/shop', 'postgres://shop:kV93hfQz1@db/shop', '<your database here>', 'https://shop.example', 'AKIAIOSFODNN7EXAMPLE'])('what only stands for a secret is fine: %s', async (value) => {
  expect(await given(example.replace(/DATABASE_URL=.*/, `DATABASE_URL=${value}`))).toEqual([])
})
