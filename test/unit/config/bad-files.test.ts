import { expect, test } from '@jest/globals'
import { environmentSchema, fileSchema } from '../../../core/config/schema.js'
import { problemsOf, production } from './lab.js'

const environmentKeys = Object.keys(environmentSchema.shape).join(', ')
const fileKeys = Object.keys(fileSchema.shape).join(', ')
const invalid = (...said: readonly string[]): readonly string[] => said.map((one) => `config-invalid ecluse.yml:${one}`)

test.each<[string, string, readonly string[]]>([
  ['a tab', 'app: shop\nenvironments:\n\tproduction: {}\n', ['3:1: Tabs are not allowed as indentation. Correct the YAML at that place.']],
  ['a key twice', production('url: https://a.example', 'url: https://b.example'), ['5:5: Map keys must be unique. Correct the YAML at that place.']],
  ['an open list', production('rollout: { weights: [1, 2 }'), ['4:31: Flow sequence in block collection must be sufficiently indented and end with a ]. Correct the YAML at that place.']],
  ['two documents', 'app: a\n---\napp: b\n', ['2:1: a second document begins here. Correct the YAML at that place.']],
  ['a list', '- a\n', ['1:1: the file is not a mapping. Begin it with `app: <name>`.']],
  ['an alias of nothing', 'app: *name\n', ['1:6: there is no anchor `&name` before `*name`. Correct the name, or write out what is meant.']],
])('YAML: %s', async (_, file, said) => {
  const found = await problemsOf({ file })
  expect(found.slice(0, 1)).toEqual(invalid(...said))
})

test('aliases that multiply are refused, not carried out', async () => {
  const level = (name: string, of: string): string => `${name}: &${name} [${Array.from({ length: 10 }, () => of).join(', ')}]`
  const file = [level('a', '1'), level('b', '*a'), level('c', '*b'), level('d', '*c'), level('e', '*d'), ''].join('\n')
  expect(await problemsOf({ file })).toEqual(["config-invalid ecluse.yml:1:1: the file's aliases multiply it beyond reason. Write it out, or use `extends`."])
})

test.each<[string, string, readonly string[]]>([
  ['a slip of a key', production('platfrom: { local: {} }'), [`4:5: \`environments.production.platfrom\` is not a key that exists here. Did you mean \`platform\`? It could be ${environmentKeys}.`]],
  ['a slip deeper', production('rollout: { weigths: [100] }'), ['4:16: `environments.production.rollout.weigths` is not a key that exists here. Did you mean `weights`? It could be strategy, weights, on-undecided, on-no-data, step, decide-within, healthy-within, return-after.']],
  ['nothing like a key', production('judge: { errors: { xyzzy: 1 } }'), ['4:24: `environments.production.judge.errors.xyzzy` is not a key that exists here. Use one of fail-above, pass-below, ceiling.']],
  ['a slip at the top', `ap: shop\n${production()}`.replace('app: shop\n', ''), [`1:1: \`ap\` is not a key that exists here. Did you mean \`app\`? It could be ${fileKeys}.`]],
  ['a name that objects inherit', production('constructor: 1'), [`4:5: \`environments.production.constructor\` is not a key that exists here. Use one of ${environmentKeys}.`]],
  ['a merge key', 'x: &x { soak: 1m }\nenvironments: { production: { <<: *x } }\n', [`1:1: \`x\` is not a key that exists here. Use one of ${fileKeys}.`, `2:31: \`environments.production.<<\` is not a key that exists here. Use one of ${environmentKeys}.`]],
  ['a platform as a text', production('platform: local'), ['4:5: `environments.production.platform` is "local". Write a mapping, such as `{ local: { port: 8080 } }`.']],
  ['no platform in it', production('platform: {}'), ['4:5: `environments.production.platform` is an empty mapping. Write exactly one of these: local, compose, kubernetes, ecs, app-platform, vercel, clever-cloud.']],
  ['a port out of range', production('platform: { local: { port: 70000 } }'), ['4:26: `environments.production.platform.local.port` is 70000. Write a whole number from 1 to 65535.']],
  ['a port as a text', production('platform: { local: { port: "8080" } }'), ['4:26: `environments.production.platform.local.port` is "8080". Write a whole number from 1 to 65535.']],
  ['yes for true', production('platform: { local: { sticky: yes } }'), ['4:26: `environments.production.platform.local.sticky` is "yes". Write `true` or `false`.']],
  ['an address without a scheme', production('url: shop.example'), ['4:5: `environments.production.url` is "shop.example". Write an address that begins with `https://` or `http://`.']],
  ['a duration without a unit', production('soak: 15'), ['4:5: `environments.production.soak` is 15. Write a duration above zero, such as `500ms`, `90s`, `15m` or `1h30m`.']],
  ['no time at all', production('judge: { every: 0s }'), ['4:14: `environments.production.judge.every` is "0s". Write a duration above zero, such as `500ms`, `90s`, `15m` or `1h30m`.']],
  ['a share as a fraction', production('judge: { errors: { ceiling: 0.01 } }'), ['4:24: `environments.production.judge.errors.ceiling` is 0.01. Write a share, such as `1%` or `0.5%`.']],
  ['an excess without a sign', production('judge: { errors: { fail-above: 10% } }'), ['4:24: `environments.production.judge.errors.fail-above` is "10%". Write an excess over the stable rate, such as `+10%`, `+0.5pp` or `+25% +0.5pp`.']],
  ['weights that fall', production('rollout: { weights: [25, 5, 100] }'), ['4:16: `environments.production.rollout.weights` is [25,5,100]. Write rising whole percents that end with 100, such as `[5, 25, 50, 100]`.']],
  ['half a weight', production('rollout: { weights: [0.5, 100] }'), ['4:26: `environments.production.rollout.weights.0` is 0.5. Write a whole number from 1 to 100.']],
  ['an unknown strategy', production('rollout: { strategy: canari }'), ['4:16: `environments.production.rollout.strategy` is "canari". Write `canary`, `blue-green` or `direct`.']],
  ['a latency without its limit', production('judge: { latency: { fail-above: +20% } }'), ['4:14: `environments.production.judge.latency.slower-than` is missing. Write a duration above zero, such as `500ms`, `90s`, `15m` or `1h30m`.']],
  ['a pass that is tighter than a fail', production('judge: { errors: { fail-above: +30%, pass-below: +10% } }'), ['4:42: `environments.production.judge.errors.pass-below` is tighter than `fail-above`. Let a pass allow at least as much as a fail does: what fails could pass otherwise.']],
  ['a judge that is never sure', production('judge: { false-alarm: 60% }'), ['4:14: `environments.production.judge.false-alarm` is 60%. Set it above 0% and below 50%.']],
  ['a step longer than it may be', production('rollout: { step: { at-least: 20m } }'), ['4:24: `environments.production.rollout.step.at-least` is longer than `at-most`. Make it shorter, or `at-most` longer.']],
  ['two ways to name the version', production('identity: { json: version, header: x-release }'), ['4:5: `environments.production.identity` is a mapping of json, header. Write `json` or `header`, one of them.']],
  ['a setting that is no variable', production('settings: { "a-b": 1 }'), ['4:17: `environments.production.settings.a-b` is "a-b". Write a name of letters, digits and `_`.']],
  ['a name of an environment that is none', 'environments: { "a b": {}, production: {} }\n', ['1:17: `environments.a b` is "a b". Write a name of letters, digits, `.`, `_` and `-`.']],
])('value: %s', async (_, file, said) => {
  expect(await problemsOf({ file })).toEqual(invalid(...said))
})

test('checks: one line or a mapping, each said with its own place', async () => {
  const file = production('checks:', '  - GET / banana', '  - { get: /, post: /x }', '  - 5', '  - { get: /, status: banana }', '  - { get: health }', '  - { get: /, tls: 3 }')
  expect(await problemsOf({ file })).toEqual(invalid(
    '5:9: `environments.production.checks.0` is "GET / banana". Write `GET /health 200 json.status=ok header.x-release=1.2 contains "text" health within 500ms tls 14d`, with any of these after the path (column 7).',
    '6:9: `environments.production.checks.1` is a mapping of get, post. Write exactly one of get, head, post, put, patch, delete, options.',
    '7:9: `environments.production.checks.2` is 5. Write a check: one line or a mapping.',
    '8:19: `environments.production.checks.3.status` is "banana". Write a status or a list of them.',
    '9:11: `environments.production.checks.4.get` is "health". Write a path that begins with `/`, or an address.',
    '10:19: `environments.production.checks.5.tls` is 3. Write days, such as `14d`.',
  ))
})

test('everything that is wrong is said at once', async () => {
  const file = ['ap: shop', 'identity: { get: 3, jsn: version }', 'environments:', '  production:', '    url: 7', '    soak: later', '    backup: { database: "${env:DATABASE_URL}" }', '    settings: { API_TOKEN: abc }', '  staging:', '    urll: x', ''].join('\n')
  const places = (await problemsOf({ file })).map((one) => /ecluse\.yml:(\d+:\d+)/.exec(one)?.[1])
  expect(places.toSorted((a = '', b = '') => a.localeCompare(b, 'en', { numeric: true }))).toEqual(['1:1', '2:13', '2:21', '5:5', '6:5', '7:15', '8:17', '10:5'])
})
