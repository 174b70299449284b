import { decodeDocument, documentText } from '../../../domain/delivery-document-decode.js'
import type { DeliveryDocument } from '../../../domain/delivery-document.js'
import { list, number, object, optional, text } from '../../../domain/local-control/decode.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Records } from '../../../ports/records.js'

const READ = 'contents: read'
const WRITE = 'contents: write'
/** Others commit to the same branch: GitHub refuses a commit that another one overtook. */
const TRIES = 5

const tree = object<{ tree: readonly { path: string; type: string; sha: string; size: number | undefined }[] }>({
  tree: list(object<{ path: string; type: string; sha: string; size: number | undefined }>({ path: text, type: text, sha: text, size: optional(number) })),
})
const blob = object<{ content: string }>({ content: text })
const withSha = object<{ sha: string }>({ sha: text })

/** Full records as files of a branch that holds nothing else, laid out as `records/folder` does: it can be checked out and read as one. */
export function branchRecords({ branch }: { readonly branch: string }, github: GitHub, { files, clock, github: access }: Pick<Ambient, 'files' | 'clock' | 'github'>): Records {
  const link = (path: string): string => `${access?.server ?? ''}/${github.repository}/blob/${encodeURIComponent(branch)}/${path}`
  const textAt = async (path: string): Promise<string | undefined> => {
    const { status, data } = await github.call({ what: `read ${path} of \`${branch}\``, route: 'GET /repos/{owner}/{repo}/contents/{path}', parameters: { path, ref: branch }, permission: READ, accept: [404] })
    return status === 404 ? undefined : decoded(blob(data, path).content)
  }
  return {
    async put(document) {
      const content = documentText(document)
      const sha256 = files.sha256(content)
      const usual = `${part(document.delivery.environment)}/${part(document.delivery.id)}`
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const there = await textAt(`${usual}.json`)
        const path = there === undefined || there === content ? `${usual}.json` : `${usual}~${sha256.slice(0, 12)}.json`
        if (there === content) return { sha256, link: link(path) }
        const { status } = await github.call({
          what: `commit ${path} to \`${branch}\``, route: 'PUT /repos/{owner}/{repo}/contents/{path}', permission: WRITE, accept: [404, 409, 422],
          parameters: { path, branch, message: subject(document), content: Buffer.from(content).toString('base64') },
        })
        if (status < 300) return { sha256, link: link(path) }
        if (status === 404) await createBranch(branch, github)
        else await clock.sleep(250 * attempt)
      }
      throw new StateError('github-refused', { message: `Could not commit the record of delivery ${document.delivery.id} to \`${branch}\`: others committed to it each time.`, fix: 'Nothing but records may be committed to that branch; look at who does.' })
    },
    async *newest(environment, most, damaged, sha256Of) {
      const { status, data } = await github.look({ what: `list the records in \`${branch}\``, route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', parameters: { tree_sha: branch, recursive: '1' }, permission: READ, accept: [404, 409] })
      if (status >= 400) return
      const below = `${part(environment)}/`
      const found = tree(data, 'tree').tree.filter(({ path, type }) => type === 'blob' && path.startsWith(below) && path.endsWith('.json'))
      for (const { path, sha } of found.toSorted((a, b) => newer(a.path, b.path)).slice(0, most)) {
        const answer = await github.look({ what: `read ${path} of \`${branch}\``, route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', parameters: { file_sha: sha }, permission: READ })
        try {
          const content = decoded(blob(answer.data, path).content)
          const document = decodeDocument(content, path)
          const promised = sha256Of?.(document.delivery.id)
          if (promised === undefined || promised === files.sha256(content)) yield document
          else damaged(link(path), 'its SHA-256 is not the one that the ledger has')
        } catch (fault) {
          damaged(link(path), messageOf(fault))
        }
      }
    },
  }
}

/** A branch without a past: its first commit says what it is for. */
async function createBranch(branch: string, github: GitHub): Promise<void> {
  const what = `create the branch \`${branch}\``
  const readme = `# Records of deliveries\n\nWritten by Ecluse, one file for each delivery: \`<environment>/<delivery>.json\`. Nothing else belongs here.\n`
  const files = await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/trees', parameters: { tree: [{ path: 'README.md', mode: '100644', type: 'blob', content: readme }] }, permission: WRITE, repeatable: true })
  const commit = await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/commits', parameters: { message: 'Records of deliveries', tree: withSha(files.data, 'tree').sha, parents: [] }, permission: WRITE, repeatable: true })
  // 422: somebody else was faster, which is as good.
  await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/refs', parameters: { ref: `refs/heads/${branch}`, sha: withSha(commit.data, 'commit').sha }, permission: WRITE, accept: [422], repeatable: true })
}

function subject({ delivery: { environment, intent, result } }: DeliveryDocument): string {
  return `${intent.kind} ${intent.release.version} in ${environment}: ${result?.reason ?? 'open'}`.slice(0, 200)
}

function decoded(content: string): string {
  return Buffer.from(content, 'base64').toString('utf8')
}

function part(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E').replaceAll('~', '%7E')
}

/** Ids begin with their time, or are numbers that grow. */
function newer(a: string, b: string): number {
  return b.length - a.length || (a < b ? 1 : -1)
}
