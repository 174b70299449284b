/** Actions of others that the workflows use, as far as a test without a network can have them. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface StandInPlaces {
  /** The caller's repository: what is checked out comes from there. */
  readonly repository: string
  /** Where artifacts are kept, each in a folder of its name. */
  readonly artifacts: string
}

/** act has the suite's own files. */
const OWN = /^ecluse-cd\/ecluse(?:\/|$)/

/** What a job uploads is left in a folder, for the test to look at. */
const UPLOAD = `
const { NAME, PATH: FILES } = given
const files = FILES.split('\\n').map((line) => line.trim()).filter((line) => line !== '')
for (const file of files) fs.cpSync(file, path.join(ARTIFACTS, NAME, path.basename(file)), { recursive: true })
`

/** act carries a checkout of the workflow's own ref out itself; this is for one that names another. */
const CHECKOUT = `
const git = (...args) => execFileSync('git', args, { stdio: 'inherit' })
git('init', '--quiet')
git('fetch', '--quiet', '--depth', given['FETCH-DEPTH'] || '1', 'file://' + REPOSITORY, given.REF)
git('checkout', '--quiet', '--force', 'FETCH_HEAD')
`

/** Whatever else is set up is on the machine that tests run on. */
const programs: Readonly<Record<string, string>> = { 'actions/upload-artifact': UPLOAD, 'actions/checkout': CHECKOUT }

/** Arguments that have each of them come from a folder. */
export async function standIns(suite: string, own: string, { repository, artifacts }: StandInPlaces): Promise<readonly string[]> {
  const folder = path.join(suite, '.github', 'workflows')
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(path.join(folder, file), 'utf8')))
  const used = new Set([...texts.join('\n').matchAll(/uses:\s*([\w./-]+@[0-9a-f]{40})/g)].map(([, reference = '']) => reference).filter((reference) => !OWN.test(reference)))
  const named: string[] = []
  for (const reference of used) {
    const [name = ''] = reference.split('@')
    const place = path.join(own, 'stand-ins', ...name.split('/'))
    await mkdir(place, { recursive: true })
    await writeFile(path.join(place, 'action.yml'), 'name: stand-in\nruns: { using: node24, main: main.cjs }\n')
    await writeFile(path.join(place, 'main.cjs'), `const fs = require('node:fs')
const path = require('node:path')
const { execFileSync } = require('node:child_process')
const [REPOSITORY, ARTIFACTS] = ${JSON.stringify([repository, artifacts])}
const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('INPUT_')).map(([name, value]) => [name.slice(6), value]))
${programs[name] ?? ''}`)
    named.push('--local-repository', `${reference}=${place}`)
  }
  return named
}
