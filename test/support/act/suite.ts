/** The suite as a repository that act can use: the files that GitHub would fetch, without the two keys that act rejects. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, parseDocument } from 'yaml'

export const suiteRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..')

export const workflows = path.join('.github', 'workflows')

/** Of a job; GitHub knows them, act 0.2 refuses the whole workflow because of them. */
const unknownToAct = [['environment', 'deployment'], ['concurrency', 'queue']] as const

export async function copySuite(target: string): Promise<void> {
  for (const part of ['actions', 'dist', 'package.json']) await cp(path.join(suiteRoot, part), path.join(target, part), { recursive: true })
  await mkdir(path.join(target, workflows), { recursive: true })
  for (const file of await readdir(path.join(suiteRoot, workflows))) {
    const text = await readFile(path.join(suiteRoot, workflows, file), 'utf8')
    await writeFile(path.join(target, workflows, file), forAct(text))
  }
}

export function forAct(workflow: string): string {
  const document = parseDocument(workflow)
  const jobs = document.get('jobs')
  if (!isMap(jobs)) return workflow
  const names = jobs.items.map(({ key }) => String(key))
  const found = names.flatMap((name) => unknownToAct.map((keys) => ['jobs', name, ...keys])).filter((at) => document.hasIn(at))
  for (const at of found) document.deleteIn(at)
  return found.length === 0 ? workflow : document.toString({ lineWidth: 0 })
}

/** What is in one value and not in the other, as paths; `was → is` where both have something else. */
export function differences(was: unknown, is: unknown, at = ''): readonly string[] {
  if (isTree(was) && isTree(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return keys.flatMap((key) => differences(was[key], is[key], at === '' ? key : `${at}.${key}`))
  }
  if (Object.is(was, is)) return []
  if (is === undefined) return [`${at} is gone`]
  return [`${at}: ${JSON.stringify(was)} → ${JSON.stringify(is)}`]
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
