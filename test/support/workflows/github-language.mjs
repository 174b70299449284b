// GitHub's own parser and checks over the workflows of a repository: `node bundle ROOT OWNER/NAME FILES…` prints findings as JSON.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { registerLogger, validate } from '@actions/languageservice'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { parse } from 'yaml'

const [root, suite, ...files] = process.argv.slice(2)
const findings = []

// Its own faults it only logs, and then finds nothing.
const fault = (message) => findings.push(message)
registerLogger({ error: fault, warn: fault, info: () => undefined, log: () => undefined })

const isOurs = ({ owner, repository, name }) => owner === undefined || `${owner}/${repository ?? name}` === suite

const fileProvider = {
  getFileContent: async (reference) => {
    if (!isOurs(reference)) throw new Error(`\`${reference.path}\` is in another repository.`)
    return { name: reference.path, content: await readFile(path.join(root, reference.path), 'utf8') }
  },
}

// Inputs are checked for the suite's own actions; nobody else's action.yml is here to check against.
const strangers = new Set()
const actionsMetadataProvider = {
  fetchActionMetadata: async (action) => {
    if (!isOurs(action)) {
      strangers.add(`${action.owner}/${action.name}`)
      return undefined
    }
    return readFile(path.join(root, action.path ?? '', 'action.yml'), 'utf8').then(parse, () => undefined)
  },
}

const isAboutStranger = (message) => {
  const uses = /^Unable to resolve action `([^`]+)`/.exec(message)?.[1] ?? ''
  return [...strangers].some((stranger) => uses.startsWith(`${stranger}@`) || uses.startsWith(`${stranger}/`))
}

for (const file of files) {
  const text = await readFile(path.join(root, file), 'utf8')
  const document = TextDocument.create(`file:///${file}`, 'yaml', 1, text)
  const diagnostics = await validate(document, { fileProvider, actionsMetadataProvider })
  for (const { message: said, range } of diagnostics) {
    const message = typeof said === 'string' ? said : said.value
    if (!isAboutStranger(message)) findings.push(`${file}:${range.start.line + 1}:${range.start.character + 1}: ${message}`)
  }
}
console.log(JSON.stringify(findings))
