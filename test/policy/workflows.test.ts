import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { withEngines } from '../support/engines/index.js'
import { checkWithActionlint } from '../support/workflows/actionlint.js'
import { type WorkflowChecker, workflowFiles } from '../support/workflows/files.js'
import { checkWithGitHubParser } from '../support/workflows/github.js'
import { checkWithZizmor } from '../support/workflows/zizmor.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

const checkAlone = (check: WorkflowChecker, workflow: string, others: Readonly<Record<string, string>> = {}): readonly string[] => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-workflow-'))
  try {
    for (const [file, text] of Object.entries({ '.github/workflows/one.yml': workflow, ...others })) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), text)
    }
    return check(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const job = (rest: string): string => `name: one\non: workflow_dispatch\npermissions: {}\njobs:\n  one:\n    name: one\n    runs-on: ubuntu-latest\n${rest}`
const plain = job('    steps:\n      - run: echo hello\n')
const queued = `${plain}concurrency: { group: one, queue: max }\n`

describe('the workflows of this repository', () => {
  test('are there', () => {
    expect(workflowFiles(root)).toEqual(expect.arrayContaining(['.github/workflows/ci.yml', '.github/workflows/release.yml']))
  })
})

withEngines(['actionlint'], 'actionlint', (pathOf) => {
  test('finds nothing in the workflows', () => {
    expect(checkWithActionlint(pathOf('actionlint'))(root)).toEqual([])
  })

  test('lets `concurrency.queue` pass, which GitHub knows', () => {
    expect(checkAlone(checkWithActionlint(pathOf('actionlint')), queued)).toEqual([])
  })

  test('finds a context that is not there', () => {
    const broken = job('    steps:\n      - run: echo ${{ steps.nobody.outputs.said }}\n')
    expect(checkAlone(checkWithActionlint(pathOf('actionlint')), broken)).toEqual([expect.stringContaining('"nobody" is not defined')])
  })
})

withEngines(['zizmor'], 'zizmor', (pathOf) => {
  test('finds nothing in the workflows', () => {
    expect(checkWithZizmor(pathOf('zizmor'))(root)).toEqual([])
  })

  test('finds text of strangers in a command', () => {
    const broken = job('    steps:\n      - run: echo ${{ github.event.issue.title }}\n').replace('workflow_dispatch', 'issues')
    expect(checkAlone(checkWithZizmor(pathOf('zizmor')), broken)).toContainEqual(expect.stringContaining('(template-injection)'))
  })

  test('finds an action that is not pinned', () => {
    const broken = job('    steps:\n      - uses: somebody/something@v1\n')
    expect(checkAlone(checkWithZizmor(pathOf('zizmor')), broken)).toContainEqual(expect.stringContaining('(unpinned-uses)'))
  })
})

describe("GitHub's own parser", () => {
  test('finds nothing in the workflows', () => {
    expect(checkWithGitHubParser(root)).toEqual([])
  })

  test('knows `concurrency.queue`', () => {
    expect(checkAlone(checkWithGitHubParser, queued)).toEqual([])
  })

  test('finds a key that GitHub does not know', () => {
    const broken = job('    step: []\n')
    expect(checkAlone(checkWithGitHubParser, broken)).toContainEqual(expect.stringContaining("Unexpected value 'step'"))
  })

  const calling = (uses: string, more: string): string => job(`    steps:\n      - uses: ecluse-cd/ecluse/actions/${uses}@v1\n${more}`)
  const action = { 'actions/bell/action.yml': 'name: bell\ninputs: { url: { required: true } }\nruns: { using: node24, main: x.js }\n' }

  test('finds an input that the suite’s action does not have', () => {
    const workflow = calling('bell', '        with: { url: x, ulr: x }\n')
    expect(checkAlone(checkWithGitHubParser, workflow, action)).toEqual([expect.stringContaining('ulr')])
  })

  test('finds an action that the suite does not have', () => {
    expect(checkAlone(checkWithGitHubParser, calling('whistle', ''), action)).toEqual([expect.stringContaining('Unable to resolve')])
  })

  test('finds what is missing from a call to a reusable workflow', () => {
    const called = 'on: { workflow_call: { inputs: { where: { type: string, required: true } } } }\njobs: { a: { runs-on: x, steps: [{ run: x }] } }\n'
    const workflow = 'on: push\njobs:\n  one:\n    uses: ecluse-cd/ecluse/.github/workflows/called.yml@v1\n'
    const found = checkAlone(checkWithGitHubParser, workflow, { '.github/workflows/called.yml': called })
    expect(found).toContainEqual(expect.stringContaining('where'))
  })
})
