import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openGitHub } from '../../../core/drivers/github/octokit/index.js'
import { branchRecords } from '../../../core/drivers/records/branch/index.js'
import { documentText } from '../../../core/domain/delivery-document-decode.js'
import type { DeliveryDocument } from '../../../core/domain/delivery-document.js'
import type { Records } from '../../../core/ports/records.js'
import { FakeTime } from '../../support/fakes/time.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { recordsContract, someDocuments } from './suite.js'

const BRANCH = 'ecluse-ledger'

function recordsOn(github: FakeGitHub, { token = 'ghs_fake', branch = BRANCH }: { readonly token?: string; readonly branch?: string } = {}): Records {
  const ambient = githubAmbient({ url: github.url, token, clock: new FakeTime() })
  return branchRecords({ branch }, openGitHub(ambient.github!, ambient), ambient)
}

async function opened(): Promise<FakeGitHub> {
  const github = await startGitHub({ limit: 100_000 })
  github.addCommits(2)
  return github
}

async function closed(github: FakeGitHub): Promise<void> {
  const faults = [...github.faults]
  await github.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

async function overwrite(github: FakeGitHub, path: string, text: string): Promise<void> {
  const url = `${github.url}/repos/acme/shop/contents/${path}`
  const headers = { authorization: 'Bearer ghs_fake', 'content-type': 'application/json' }
  const { sha } = await (await fetch(`${url}?ref=${BRANCH}`, { headers })).json() as { readonly sha: string }
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ branch: BRANCH, message: 'by hand', content: Buffer.from(text).toString('base64'), sha }) })
  expect(answer.status).toBe(200)
}

recordsContract('a branch of records', async () => {
  const github = await opened()
  return {
    records: recordsOn(github),
    spoil: async ({ delivery }, text) => {
      const path = `${delivery.environment}/${delivery.id}.json`
      await overwrite(github, path, text(github.file(path, BRANCH) ?? ''))
    },
    close: () => closed(github),
  }
})

describe('a branch of records', () => {
  let github: FakeGitHub
  beforeEach(async () => {
    github = await opened()
  })
  afterEach(() => closed(github))
  const [first, second] = someDocuments as unknown as readonly [DeliveryDocument, DeliveryDocument]
  const pathOf = ({ delivery }: DeliveryDocument): string => `${delivery.environment}/${delivery.id}.json`
  const idsIn = async (environment: string): Promise<readonly string[]> => {
    const found: string[] = []
    for await (const { delivery } of recordsOn(github).newest(environment, 100, () => undefined)) found.push(delivery.id)
    return found
  }

  test('is made by the first record, without a past, and says what it is for', async () => {
    const onMain = github.files('main')
    const { sha256, link } = await recordsOn(github).put(first)
    expect(github.files(BRANCH)).toEqual(['README.md', pathOf(first)].toSorted())
    expect(github.file(pathOf(first), BRANCH)).toBe(documentText(first))
    expect(github.files('main')).toEqual(onMain)
    expect(github.file('README.md', BRANCH)).toContain('Records of deliveries')
    expect(link).toBe(`${new URL(github.url).origin}/acme/shop/blob/${BRANCH}/${pathOf(first)}`)
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('that GitHub lists in part only says that there are more', async () => {
    await recordsOn(github).put(first)
    github.inject({ match: { method: 'GET', route: '/repos/{owner}/{repo}/git/trees/{tree_sha}' }, fault: { status: 200, body: { sha: 'x', tree: [], truncated: true } } })
    const damaged: string[] = []
    for await (const _ of recordsOn(github).newest('production', 100, (_place, why) => void damaged.push(why))) throw new Error('there is none')
    expect(damaged).toEqual([expect.stringContaining('lists only a part')])
  })

  test('before it is there nothing is in it', async () => {
    expect(await idsIn('production')).toEqual([])
  })

  test('may have a name of several parts', async () => {
    const records = recordsOn(github, { branch: 'ecluse/records' })
    expect((await records.put(first)).link).toContain('/blob/ecluse/records/')
    expect(await records.put(first)).toEqual(await records.put(first))
  })

  test('takes the records of two writers at once, also where both make it', async () => {
    await Promise.all(someDocuments.slice(0, 8).map((document) => recordsOn(github).put(document)))
    for (const document of someDocuments.slice(0, 8)) expect(github.file(pathOf(document), BRANCH)).toBe(documentText(document))
  })

  test('a commit that another one overtook is made again, and one whose answer was lost is not made twice', async () => {
    await recordsOn(github).put(first)
    github.inject({ match: { method: 'PUT', times: 1 }, fault: { status: 409, body: { message: 'is at 1 but expected 2' } } })
    await recordsOn(github).put(second)
    expect(github.file(pathOf(second), BRANCH)).toBe(documentText(second))
    const third = someDocuments[2]!
    github.inject({ match: { method: 'PUT', times: 1 }, fault: { drop: 'after' } })
    await recordsOn(github).put(third)
    expect(github.files(BRANCH).filter((file) => file.includes(third.delivery.id))).toEqual([pathOf(third)])
  })

  test('somebody who commits there all the time is told, not waited for', async () => {
    await recordsOn(github).put(first)
    github.inject({ match: { method: 'PUT' }, fault: { status: 409, body: { message: 'is at 1 but expected 2' } } })
    await expect(recordsOn(github).put(second)).rejects.toMatchObject({ code: 'github-refused', message: expect.stringContaining(second.delivery.id) })
  })

  test('a record of more than a megabyte is kept once', async () => {
    const [poll] = first.polls.length > 0 ? first.polls : second.polls
    const large = { ...first, polls: Array.from({ length: 8000 }, (_, at) => ({ ...poll!, weight: at % 100 })) }
    expect(documentText(large).length).toBeGreaterThan(1024 * 1024)
    const kept = await recordsOn(github).put(large)
    expect(await recordsOn(github).put(large)).toEqual(kept)
    expect(github.files(BRANCH)).toHaveLength(2)
  })

  test('another record of the same delivery stands beside the first, each as often as it likes', async () => {
    const other = { ...first, approvals: [], steps: [] }
    for (const document of [first, other, other, first]) await recordsOn(github).put(document)
    expect(github.files(BRANCH)).toHaveLength(3)
    expect(await idsIn(first.delivery.environment)).toEqual([first.delivery.id])
  })

  test.each([
    ['may only read', { contents: 'read', metadata: 'read' }],
    ['may do nothing there', { deployments: 'write', metadata: 'read' }],
  ] as const)('a token that %s is told what it lacks', async (_, permissions) => {
    github.tokens.set('ghs_small', { permissions })
    await expect(recordsOn(github, { token: 'ghs_small' }).put(first)).rejects.toMatchObject({ code: 'github-permission', fix: expect.stringContaining('contents: write') })
  })
})
