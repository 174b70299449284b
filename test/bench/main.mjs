// `npm run bench -- [suite…] [--json] [--runs n]`: ours and the peer side by side, measured in one run.
import { parseArgs } from 'node:util'
import { tableOf } from './lines.mjs'
import { suites } from './suites.mjs'

async function bench(argv) {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { json: { type: 'boolean', default: false }, runs: { type: 'string' } } })
  const wanted = positionals.length === 0 ? Object.keys(suites) : positionals
  const unknown = wanted.filter((name) => !Object.hasOwn(suites, name))
  if (unknown.length > 0) throw new Error(`There is no suite \`${unknown.join('`, `')}\`. Choose from ${Object.keys(suites).join(', ')}.`)
  if (values.runs !== undefined && !/^[1-9]\d{0,2}$/.test(values.runs)) throw new Error(`\`--runs\` is "${values.runs}". Set it to a whole number from 1 to 999.`)
  const lines = []
  for (const name of wanted) {
    const { measure } = await suites[name]()
    for await (const line of measure({ runs: values.runs === undefined ? undefined : Number(values.runs) })) {
      lines.push(line)
      if (values.json) process.stdout.write(`${JSON.stringify(line)}\n`)
      else process.stderr.write(`${line.suite}: ${line.metric}\n`)
    }
  }
  if (!values.json) process.stdout.write(tableOf(lines))
  return lines.length > 0 && lines.every(({ ok }) => ok) ? 0 : 1
}

try {
  process.exitCode = await bench(process.argv.slice(2))
} catch (fault) {
  console.error(fault.message)
  process.exitCode = 2
}
