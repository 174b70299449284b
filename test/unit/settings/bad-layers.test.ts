import { expect, test } from '@jest/globals'
import { loaded, problemsIn, saidOf, SHOP, type Checkout } from './lab.js'

const shop = (more: Checkout): Checkout => ({ ...SHOP, ...more })
const production = (text: string): Checkout => shop({ 'environments/production.yml': text })
const rest = 'features: { new-checkout: false, greeting: null }\n'

test.each<[string, Checkout, readonly unknown[]]>([
  ['a slip of a key', production(`database: { pool-sise: 5 }\n${rest}`), ['environments/production.yml:1:13: `database.pool-sise` is not a key that environments/schema.yml has. Did you mean `database.pool-size`? It could be url, pool-size; or define it in environments/schema.yml.']],
  ['a slip of a key that is needed, said once', production('features: { new-chekout: true, greeting: null }\n'), ['environments/production.yml:1:13: `features.new-chekout` is not a key that environments/schema.yml has. Did you mean `features.new-checkout`? It could be new-checkout, greeting; or define it in environments/schema.yml.']],
  ['a key in another group', production(`logging: { pool-size: 5 }\n${rest}`), ['environments/production.yml:1:12: `logging.pool-size` is not a key that environments/schema.yml has. Did you mean `database.pool-size`? It could be level, flush; or define it in environments/schema.yml.']],
  ['a group that is not there', production(`chache: {}\n${rest}`), ['environments/production.yml:1:1: `chache` is not a key that environments/schema.yml has. It could be database, logging, features; or define it in environments/schema.yml.']],
  ['a name that objects inherit', production(`constructor: 1\n${rest}`), ['environments/production.yml:1:1: `constructor` is not a key that environments/schema.yml has. It could be database, logging, features; or define it in environments/schema.yml.']],
  ['a merge key', production(`x: &x { pool-size: 3 }\ndatabase: { <<: *x }\n${rest}`), [
    'environments/production.yml:1:1: `x` is not a key that environments/schema.yml has. It could be database, logging, features; or define it in environments/schema.yml.',
    'environments/production.yml:2:13: `database.<<` is not a key that environments/schema.yml has. It could be url, pool-size; or define it in environments/schema.yml.',
  ]],
  ['a text for a number', production(`database: { pool-size: "5" }\n${rest}`), ['environments/production.yml:1:13: `database.pool-size` is "5". Write a number from 1 to 100.']],
  ['a number out of range', production(`database: { pool-size: 500 }\n${rest}`), ['environments/production.yml:1:13: `database.pool-size` is 500. Write a number from 1 to 100.']],
  ['no number at all', production(`database: { pool-size: .nan }\n${rest}`), ['environments/production.yml:1:13: `database.pool-size` is null. Write a number from 1 to 100.']],
  ['a choice that is none', production(`logging: { level: inf }\n${rest}`), ['environments/production.yml:1:12: `logging.level` is "inf". Write `debug`, `info` or `warn`.']],
  ['a duration without a unit', production(`logging: { flush: 5 }\n${rest}`), ['environments/production.yml:1:12: `logging.flush` is 5. Write a duration, such as `500ms`, `90s`, `15m` or `1h30m`.']],
  ['yes for true', production('features: { new-checkout: yes, greeting: null }\n'), ['environments/production.yml:1:13: `features.new-checkout` is "yes". Write `true` or `false`.']],
  ['a number for a text', production('features: { new-checkout: true, greeting: 007 }\n'), ['environments/production.yml:1:33: `features.greeting` is 7. Write a text, in quotes when it looks like a number, `true`, `false` or `null`.']],
  ['a list', production('features: { new-checkout: true, greeting: [a] }\n'), [expect.stringContaining('`features.greeting` is ["a"]. Write a text')]],
  ['a mapping for a key', production('features: { new-checkout: { on: true }, greeting: null }\n'), ['environments/production.yml:1:13: `features.new-checkout` is a mapping of on. Write `true` or `false`.']],
  ['a key for a group', production('features: true\n'), ['environments/production.yml:1:1: `features` is true. Write a mapping of new-checkout, greeting.']],
  ['a key twice', production(`${rest}${rest}`), [expect.stringContaining('environments/production.yml:2:1: Map keys must be unique.')]],
  ['null where a value is needed', production('features: { new-checkout: null, greeting: null }\n'), ['environments/production.yml:1:13: `features.new-checkout` is null. Write `true` or `false`, or say `required: false` at environments/schema.yml:8:3.']],
  ['null where there is a default', production(`database: { pool-size: ~ }\n${rest}`), ['environments/production.yml:1:13: `database.pool-size` is null. Write a number from 1 to 100, or leave the key out: its default is 10.']],
  ['a variable in another form', production('features: { new-checkout: true, greeting: "${HOME}" }\n'), ['environments/production.yml:1:33: `features.greeting` holds "${HOME}". Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.']],
  ['a list instead of a file', production('- a\n'), [expect.stringContaining('environments/production.yml:1:1: the file is not a mapping. Begin it with one of database, logging, features.')]],
])('a layer: %s', async (_, checkout, said) => {
  expect(await problemsIn(checkout)).toEqual(said)
  // Whichever environment is loaded.
  expect(await problemsIn(checkout, 'staging')).toEqual(said)
})

test('a key that one environment has and another does not names both files', async () => {
  expect(await problemsIn(production('features:\n  new-checkout: true\n'))).toEqual([
    'environments/production.yml:1:1: `features.greeting` is missing, and environments/staging.yml:2:33 has it (defined at environments/schema.yml:9:3). Write a text, in quotes when it looks like a number, `true`, `false` or `null`, or `null` if it is meant not to be set here, or give it a `default` in the schema.',
  ])
  expect(await problemsIn(production('features: { greeting: hi }\n'))).toEqual([
    'environments/production.yml:1:1: `features.new-checkout` is missing, and environments/staging.yml:2:13 has it (defined at environments/schema.yml:8:3). Write `true` or `false`, or give it a `default` in the schema.',
  ])
})

test('a key that no environment has, and a file that is not there', async () => {
  const { 'environments/production.yml': _, ...without } = SHOP
  expect(await problemsIn(without)).toEqual([
    expect.stringContaining('environments/production.yml: `features.new-checkout` is missing, for there is no such file, and environments/staging.yml:2:13 has it'),
    expect.stringContaining('environments/production.yml: `features.greeting` is missing, for there is no such file, and'),
  ])
  expect(await problemsIn(shop({ 'environments/base.yml': 'logging: { level: info }\n' }))).toEqual([
    'environments/staging.yml:1:1: `database.url` is missing (defined at environments/schema.yml:2:3). Write `"${env:NAME}"`.',
    'environments/production.yml:1:1: `database.url` is missing (defined at environments/schema.yml:2:3). Write `"${env:NAME}"`.',
  ])
})

test('what nobody needs and nobody sets is no fault', async () => {
  const quiet = shop({ 'environments/staging.yml': 'features: { new-checkout: true }\n', 'environments/production.yml': 'features: { new-checkout: true }\n' })
  expect((await loaded(quiet)).settings).not.toHaveProperty('FEATURES_GREETING')
})

const token = `ghp_${'a'.repeat(36)}`
test.each<[string, string, readonly unknown[]]>([
  ['a secret written out', 'database: { url: "https://db.example/hunter2" }', ['environments/production.yml:1:13: `database.url` is secret and is written out. Take it out of the file (and change it: it is known now), put it into a secret and write `"${env:NAME}"`, nothing else.']],
  ['one that is partly a variable', 'database: { url: "https://hunter2:${env:PW}@db" }', [expect.stringContaining('`database.url` is secret and is written out')]],
  ['an address with a password', 'database: { url: "postgres://u:hunter2@db/x" }', [expect.stringContaining('`database.url` holds an address with a password.')]],
  ['a token under a plain name', `logging: { level: ${token} }`, [expect.stringContaining('`logging.level` holds a GitHub token.'), expect.stringContaining('`logging.level` is a value that is not shown.')]],
  ['a secret under an unknown key', 'database: { password: hunter2 }', [expect.stringContaining('`database.password` holds what its name calls a secret.'), expect.stringContaining('`database.password` is not a key')]],
])('secrets are refused by name, never shown: %s', async (_, line, said) => {
  const found = await problemsIn(production(`${line}\n${rest}`))
  expect(found).toEqual(said)
  expect(found.join()).not.toMatch(/hunter2|ghp_/)
})

const schema = (text: string): Checkout => ({ 'ecluse.yml': SHOP['ecluse.yml']!, 'environments/schema.yml': text })
test.each<[string, string, readonly unknown[]]>([
  ['a type that is none', 'a: { type: strin }\n', ['1:6: `a.type` is "strin". Write `string`, `number`, `boolean`, `url`, `duration` or `enum`.']],
  ['a type alone', 'a: number\n', ['1:1: `a` is "number". Write `{ type: number }`.']],
  ['a key without a type', 'a: { default: 3 }\n', ['1:6: `a.default` is 3. Write a group of keys, or a key with its type, such as `{ type: number, default: 10 }`.']],
  ['a slip in a definition', 'a: { type: number, defualt: 3 }\n', [expect.stringContaining('1:20: `a.defualt` is not a key that exists here. Did you mean `default`?')]],
  ['a default of another type', 'a: { type: number, default: x }\n', ['1:20: `a.default` is not of the type `number`. Write a default that an environment could write too.']],
  ['a default out of range', 'a: { type: number, min: 5, default: 1 }\n', ['1:28: `a.default` is not of the type `number`. Write a default that an environment could write too.']],
  ['a default that is needed', 'a: { type: number, required: true, default: 1 }\n', ['1:20: `a.required` is `true`, and there is a default. Take one of them out: with a default, no environment has to say it.']],
  ['a default of a secret', 'a: { type: string, secret: true, default: x }\n', ['1:34: `a.default` is the default of a secret. Take it out (and change it: it is known now), and let each environment write `${env:NAME}`.']],
  ['an enum without values', 'a: { type: enum }\n', ['1:6: `a.type` is `enum`, and there are no `values`. Add `values`, such as `values: [debug, info]`.']],
  ['a value twice', 'a: { type: enum, values: [b, b] }\n', ['1:18: `a.values` names a value twice. Name each once.']],
  ['values of a number', 'a: { type: number, values: [b] }\n', ['1:20: `a.values` belongs to the type `enum`, and the type is `number`. Write `type: enum`, or take `values` out.']],
  ['bounds of a text', 'a: { type: string, max: 3 }\n', ['1:20: `a.max` belongs to the type `number`, and the type is `string`. Write `type: number`, or take `max` out.']],
  ['bounds that cross', 'a: { type: number, min: 5, max: 3 }\n', ['1:20: `a.min` is above `max`. Set it below `max`.']],
  ['a name that is none', '"a b": { type: number }\n', ['1:1: `a b` is no name for a key. Name it with letters, digits, `-` and `_`, beginning with a letter.']],
  ['two keys that become one', 'pool-size: { type: number }\nnested: { poolSize: { type: number, env: POOL_SIZE } }\n', ['2:11: `nested.poolSize` becomes `POOL_SIZE`, and so does `pool-size` (environments/schema.yml:1:1). Rename one of them, or give one a name of its own with `env: NAME`.']],
  ['a name that says secret', 'api: { key: { type: string } }\n', ['1:8: `api.key` (`API_KEY`) is what its name calls a secret. Add `secret: true`, or name it otherwise.']],
  ['a name that is ours', 'ecluse: { version: { type: string } }\n', ['1:11: `ecluse.version` becomes `ECLUSE_VERSION`, and Ecluse tells a release itself what begins so. Name it otherwise than `ecluse.version`.']],
  ['a list', '- a\n', ['1:1: the schema of the settings is not a mapping. Begin it with a group, such as `database: { pool-size: { type: number, default: 10 } }`.']],
  ['an empty file', '', ['1:1: the schema of the settings is not a mapping. Begin it with a group, such as `database: { pool-size: { type: number, default: 10 } }`.']],
  ['YAML that is none', 'a: [\n', [expect.stringMatching(/^2:1: Flow sequence/)]],
])('the schema: %s', async (_, text, said) => {
  const found = await problemsIn(schema(text))
  expect(found.map((one) => one.replace(/^environments\/schema\.yml:/, ''))).toEqual(said)
})

test('a group may have a key that is called type, and a key no group at all', async () => {
  const checkout = { ...schema('type: { type: { type: string, default: a } }\nport: { type: number, default: 80 }\n'), 'environments/base.yml': 'type: { type: b }\n' }
  expect((await loaded(checkout)).settings).toEqual({ TYPE_TYPE: 'b', PORT: '80' })
})

test('everything that is wrong is said at once, with what is wrong in ecluse.yml', async () => {
  const checkout = shop({ 'ecluse.yml': 'environments: { staging: {}, production: { soak: 5 } }\n', 'environments/base.yml': 'logging: { level: x }\ndatabase: { url: "${env:D}" }\n', 'environments/staging.yml': 'features: { new-checkout: 1, greeting: a }\n', '.env.example': 'A=1\n' })
  const said = await saidOf(() => loaded(checkout))
  expect(said.map((one) => one.slice(0, one.indexOf(': ')))).toEqual(['ecluse.yml:1:44', 'environments/base.yml:1:12', 'environments/staging.yml:1:13', ...Array.from({ length: 7 }, () => '.env.example:1:1')])
})
