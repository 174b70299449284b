// `npm run docs`: writes what the code knows into action-docs/. `-- --check` compares instead of writing.
// Tables of inputs, outputs and reasons stand between markers on an action's page; errors.md and the JSON Schema are whole.
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const requireForCommonJs = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

process.exitCode = await main(process.argv.slice(2))

async function main(args) {
  const unknown = args.filter((arg) => arg !== '--check')
  if (unknown.length > 0) return complain([`There is no flag \`${unknown[0]}\`. Use \`--check\` or nothing.`], 2)
  const problems = []
  const made = await pages(problems)
  if (problems.length > 0) return complain(problems, 1)
  const differing = Object.entries(made).filter(([file, text]) => textOf(file) !== text)
  if (!args.includes('--check')) {
    for (const [file, text] of differing) writeFileSync(path.join(root, file), text)
    console.log(`action-docs/: ${differing.length} files changed.`)
    return 0
  }
  if (differing.length === 0) return console.log('action-docs/ is what the sources say.') ?? 0
  return complain([...differing.map(([file]) => `${file}: not what the sources say`), 'Run `npm run docs` and commit action-docs/.'], 1)
}

/** File → the text it should have. What keeps a page from being written is added to `problems`. */
async function pages(problems) {
  const { actions, catalogue, schema, recordSchemas, hostReasons, parseYaml } = await knowledge()
  const made = {}
  for (const [name, outcome] of Object.entries(actions)) {
    const file = `action-docs/${name}.md`
    const contract = parseYaml(textOf(`actions/${name}/action.yml`) ?? '')
    const blocks = {
      inputs: inputTable(name, contract.inputs ?? {}, problems),
      outputs: outputTable(name, contract.outputs ?? {}, problems),
      reasons: reasonTable({ ...outcome.reasons, ...without(hostReasons, outcome.reasons) }),
    }
    const page = textOf(file)
    if (page === undefined) problems.push(`${file} is missing. Create it with the markers \`<!-- inputs:start -->\`, \`<!-- inputs:end -->\` and so on for ${Object.keys(blocks).join(', ')}.`)
    else made[file] = Object.entries(blocks).reduce((text, [block, content]) => replaced(file, text, block, content, problems), page)
  }
  made['action-docs/errors.md'] = errorPage(catalogue)
  made['action-docs/ecluse.schema.json'] = `${JSON.stringify(schema, null, 2)}\n`
  for (const [file, written] of Object.entries(recordSchemas)) made[`action-docs/${file}`] = `${JSON.stringify(written, null, 2)}\n`
  return made
}

function inputTable(action, inputs, problems) {
  const rows = Object.entries(inputs).map(([name, about]) => [`\`${name}\``, shownDefault(about), described(action, 'input', name, about, problems)])
  return table(['input', 'default', 'meaning'], rows)
}

function outputTable(action, outputs, problems) {
  return table(['output', 'meaning'], Object.entries(outputs).map(([name, about]) => [`\`${name}\``, described(action, 'output', name, about, problems)]))
}

function reasonTable(reasons) {
  return table(['reason', 'meaning'], Object.entries(reasons).map(([code, meaning]) => [`\`${code}\``, cell(meaning)]))
}

function errorPage(catalogue) {
  return [
    '# Errors',
    '',
    '<!-- Written by `npm run docs` from core/errors/catalogue.ts. -->',
    '',
    'An error says what was being done to which object, what was observed, and what to do. Its code is stable: search for it',
    'here. An error means that the work could not be done; an answer that was found and is bad (a release that failed its',
    "checks, say) is no error but a `reason`, listed on the action's page.",
    '',
    table(['code', 'what happened', 'what to do'], Object.entries(catalogue).map(([code, { meaning, remedy }]) => [`\`${code}\``, cell(meaning), cell(remedy)])),
    '',
  ].join('\n')
}

function described(action, kind, name, about, problems) {
  const text = typeof about?.description === 'string' ? about.description.trim() : ''
  if (text === '') problems.push(`actions/${action}/action.yml: the ${kind} \`${name}\` has no description. Write one.`)
  return cell(text)
}

function shownDefault(about) {
  const value = about?.default === undefined ? '' : String(about.default)
  if (value !== '') return `\`${cell(value)}\``
  return about?.required === true ? 'required' : ''
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A pipe would end the cell, a line end the row. */
function cell(text) {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')
}

function replaced(file, text, block, content, problems) {
  const [start, end] = [`<!-- ${block}:start -->`, `<!-- ${block}:end -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from === -1 || to < from || text.indexOf(start, from + 1) !== -1 || text.indexOf(end, to + 1) !== -1) {
    problems.push(`${file}: \`${start}\` and \`${end}\` must be there, once and in this order.`)
    return text
  }
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
}

/** The sources' own values: compiled afresh, so that no old build decides what the docs say. */
async function knowledge() {
  const { build } = await import('esbuild')
  const names = readdirSync(path.join(root, 'actions')).filter((name) => existsSync(path.join(root, 'actions', name, 'action.yml'))).toSorted()
  const entry = [
    "export { catalogue } from './core/errors/catalogue.ts'",
    "export { configJsonSchema } from './core/config/json-schema.ts'",
    "export { recordJsonSchemas } from './core/config/record-schemas/index.ts'",
    "export { hostReasons } from './core/host/reasons.ts'",
    "export { parse as parseYaml } from 'yaml'",
    ...names.map((name, index) => `export * as action${index} from './actions/${name}/outcome.ts'`),
  ].join('\n')
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ecluse-docs-')))
  try {
    const outfile = path.join(folder, 'knowledge.mjs')
    await build({ stdin: { contents: entry, resolveDir: root, loader: 'ts' }, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error', banner: { js: requireForCommonJs } })
    const { configJsonSchema, recordJsonSchemas, ...found } = await import(pathToFileURL(outfile).href)
    return { ...found, schema: configJsonSchema(), recordSchemas: recordJsonSchemas(), actions: Object.fromEntries(names.map((name, index) => [name, found[`action${index}`]])) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function without(all, others) {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !Object.hasOwn(others, key)))
}

function textOf(file) {
  const place = path.join(root, file)
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined
}

function complain(lines, code) {
  for (const line of lines) console.error(line)
  return code
}
