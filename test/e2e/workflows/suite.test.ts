import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { copySuite, differences, forAct, suiteRoot, workflows } from '../../support/act/suite.js'

const filesIn = async (folder: string): Promise<readonly string[]> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).toSorted()
}

/** Each workflow with what it lacks in the copy; `changed` names other files that are not the same. */
const compared = async (copy: string): Promise<{ readonly lacking: Readonly<Record<string, readonly string[]>>; readonly changed: readonly string[] }> => {
  const files = await filesIn(copy)
  const lacking: Record<string, readonly string[]> = {}
  const changed: string[] = []
  for (const file of files) {
    const [was, is] = await Promise.all([suiteRoot, copy].map((root) => readFile(path.join(root, file))))
    if (was!.equals(is!)) continue
    if (file.startsWith(workflows)) lacking[path.basename(file)] = differences(parse(was!.toString()), parse(is!.toString()))
    else changed.push(file)
  }
  return { lacking, changed }
}

describe('the suite that act runs', () => {
  test('is this one, without the two keys that act does not know', async () => {
    const copy = await mkdtemp(path.join(os.tmpdir(), 'ecluse-suite-'))
    try {
      await copySuite(copy)
      const { lacking, changed } = await compared(copy)
      expect(changed).toEqual([])
      expect(lacking).toEqual({
        'backup.yml': ['jobs.backup.environment.deployment is gone'],
        'deliver.yml': ['jobs.staging.environment.deployment is gone', 'jobs.staging.concurrency.queue is gone', 'jobs.production.environment.deployment is gone', 'jobs.production.concurrency.queue is gone', 'jobs.watch.environment.deployment is gone'],
        'environments.yml': ['jobs.rotate.environment.deployment is gone'],
        'reconcile.yml': ['jobs.reconcile.environment.deployment is gone'],
        'restore.yml': ['jobs.restore.environment.deployment is gone'],
        'rollback.yml': ['jobs.rollback.environment.deployment is gone'],
        'watch.yml': ['jobs.watch.environment.deployment is gone'],
      })
      for (const folder of ['actions', 'dist']) expect(await filesIn(path.join(copy, folder))).toEqual(await filesIn(path.join(suiteRoot, folder)))
      expect(await filesIn(path.join(copy, workflows))).toEqual(await filesIn(path.join(suiteRoot, workflows)))
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  })

  test('leaves the same keys alone where they mean something else', () => {
    const workflow = 'on: push\nconcurrency: { group: a, queue: max }\njobs:\n  a:\n    environment: { name: b }\n    steps:\n      - with: { deployment: c, queue: d }\n'
    expect(forAct(workflow)).toBe(workflow)
  })

  test('is told from another one by everything that differs', () => {
    const was = { a: 1, b: ['x', 'y'], c: { d: true }, e: null }
    expect(differences(was, { a: 1, b: ['x', 'y'], c: { d: true }, e: null })).toEqual([])
    expect(differences(was, { a: '1', b: ['y'], c: {}, e: 0, f: {} })).toEqual(['a: 1 → "1"', 'b.0: "x" → "y"', 'b.1 is gone', 'c.d is gone', 'e: null → 0', 'f: undefined → {}'])
  })
})
