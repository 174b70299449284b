// `npm run engines [names…]`: brings what the tests run against.
import { catalogue, engine, installEngine } from './catalogue.mjs'

const chosen = (given) => {
  const known = Object.keys(catalogue)
  const strange = given.filter((name) => !known.includes(name))
  if (strange.length > 0) throw new Error(`There is no engine "${strange.join('", "')}". Choose from ${known.join(', ')}.`)
  return given.length > 0 ? given : known
}

const bring = async (name) => {
  const started = performance.now()
  const had = 'path' in engine(name)
  if (!had) console.log(`${name} ${catalogue[name].version}: installing …`)
  const fault = await installEngine(name).then(() => undefined, (error) => error.message)
  const state = engine(name)
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
  if (!had && 'path' in state) console.log(`${name}: ready after ${seconds} s`)
  return { name, state, seconds, fault }
}

const explain = ({ name, state, fault }) =>
  [`\`${name}\` cannot be had.`, `Observed: ${fault ?? state.missing}`, `Needed: ${catalogue[name].needs}.`, `Then run: ${state.bring}`].join('\n')

const inTurn = async (names) => {
  const results = []
  for (const name of names) results.push(await bring(name))
  return results
}

const install = async (names) => {
  // One after the other: each of the builds keeps every core busy by itself. What is mostly fetched goes beside them.
  const fetched = names.filter((name) => catalogue[name].fetched)
  const built = names.filter((name) => !catalogue[name].fetched)
  const results = (await Promise.all([inTurn(built), inTurn(fetched)])).flat()
  const row = ({ name, state, seconds }) => [name, { version: catalogue[name].version, where: state.path ?? 'MISSING', seconds }]
  console.table(Object.fromEntries(results.map(row)))
  const missing = results.filter(({ state }) => !('path' in state))
  for (const result of missing) console.error(`\n${explain(result)}`)
  return missing.length === 0 ? 0 : 1
}

try {
  process.exitCode = await install(chosen(process.argv.slice(2)))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
