import { documentText } from '../../../domain/delivery-document-decode.js'
import type { DeliveryDocument } from '../../../domain/delivery-document.js'
import { flag, list, object, optional, text } from '../../../domain/local-control/decode.js'
import { fileOf, filesByAge, folderOf, recordIn, type Promised } from '../../../domain/record-files.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Records } from '../../../ports/records.js'
import { createBranch } from './creation.js'

const READ = 'contents: read'
const WRITE = 'contents: write'
/** Others commit to the same branch: GitHub refuses a commit that another one overtook. */
const TRIES = 6

interface Blob {
  readonly path: string
  readonly type: string
  readonly sha: string
}

const tree = object<{ tree: readonly Blob[]; truncated: boolean | undefined }>({ tree: list(object<Blob>({ path: text, type: text, sha: text })), truncated: optional(flag) })
const blob = object<{ content: string }>({ content: text })
const withSha = object<{ sha: string }>({ sha: text })

/** Full records as files of a branch that holds nothing else, laid out as `records/folder` does: it can be checked out and read as one. */
export function branchRecords({ branch }: { readonly branch: string }, github: GitHub, ambient: Pick<Ambient, 'files' | 'clock' | 'github' | 'signal'>): Records {
  const { files, clock, signal } = ambient
  const link = (path: string): string => `${ambient.github?.server ?? ''}/${github.repository}/blob/${[...branch.split('/'), ...path.split('/')].map(encodeURIComponent).join('/')}`
  return {
    async put(document) {
      const content = documentText(document)
      const sha256 = files.sha256(content)
      const below = folderOf(document.delivery.environment)
      // Two runs may close one delivery, and the ledger takes the word of one of them: both are kept.
      const paths = [`${below}/${fileOf(document.delivery.id)}`, `${below}/${fileOf(document.delivery.id, sha256)}`]
      for (let attempt = 1; attempt <= TRIES; attempt += 1) {
        const { path, there } = await placeFor(paths, content, branch, github)
        if (there) return { sha256, link: link(path) }
        const { status } = await github.call({
          what: `commit ${path} to \`${branch}\``, route: 'PUT /repos/{owner}/{repo}/contents/{path}', permission: WRITE, accept: [404, 409, 422],
          parameters: { path, branch, message: subject(document), content: Buffer.from(content).toString('base64') },
        })
        if (status < 300) return { sha256, link: link(path) }
        if (status === 404) await createBranch(branch, github)
        else await clock.sleep(250 * attempt, signal)
      }
      throw new StateError('github-refused', { message: `Could not commit the record of delivery ${document.delivery.id} to \`${branch}\`: others committed to it each time.`, fix: 'Nothing but records may be committed to that branch; look at who does.' })
    },
    async *newest(environment, most, damaged, sha256Of) {
      const below = `${folderOf(environment)}/`
      const { blobs, cut } = await blobsOf(branch, github)
      if (cut) damaged(link(below), `there are more files in \`${branch}\` than GitHub tells of: it lists only a part`)
      const there = new Map(blobs.filter(({ path }) => path.startsWith(below)).map(({ path, sha }) => [path.slice(below.length), sha]))
      let told = 0
      for (const { delivery, names } of filesByAge([...there.keys()])) {
        if (told >= most) return
        const found = await intact(names.map((name) => ({ name, sha: there.get(name) ?? '' })), { environment, delivery, sha256: sha256Of?.(delivery) }, github, (one) => files.sha256(one))
        if ('why' in found) {
          damaged(link(`${below}${found.name}`), found.why)
          continue
        }
        told += 1
        yield found.document
      }
    },
  }
}

/** The first of two places that holds this record already, or nothing yet. */
async function placeFor([usual = '', second = '']: readonly string[], content: string, branch: string, github: GitHub): Promise<{ readonly path: string; readonly there: boolean }> {
  const there = await textAt(usual, branch, github)
  if (there === undefined || there === content) return { path: usual, there: there === content }
  // Its name holds the hash of what it says.
  return { path: second, there: (await textAt(second, branch, github)) !== undefined }
}

async function textAt(path: string, branch: string, github: GitHub): Promise<string | undefined> {
  // Who may not read may not write either, and is told so then.
  const { status, data } = await github.call({ what: `read ${path} of \`${branch}\``, route: 'GET /repos/{owner}/{repo}/contents/{path}', parameters: { path, ref: branch }, permission: READ, accept: [403, 404] })
  // What is larger than 1 MB comes without its content there.
  return status >= 400 ? undefined : blobText(withSha(data, path).sha, path, github)
}

async function blobText(sha: string, name: string, github: GitHub): Promise<string> {
  const { data } = await github.look({ what: `read the record ${name}`, route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', parameters: { file_sha: sha }, permission: READ })
  return Buffer.from(blob(data, name).content, 'base64').toString('utf8')
}

async function blobsOf(branch: string, github: GitHub): Promise<{ readonly blobs: readonly Blob[]; readonly cut: boolean }> {
  const { status, data } = await github.look({ what: `list the records in \`${branch}\``, route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', parameters: { tree_sha: branch, recursive: '1' }, permission: READ, accept: [404, 409] })
  if (status >= 400) return { blobs: [], cut: false }
  const { tree: all, truncated } = tree(data, 'tree')
  return { blobs: all.filter(({ type }) => type === 'blob'), cut: truncated === true }
}

type Found = { readonly document: DeliveryDocument } | { readonly name: string; readonly why: string }

/** The first of the files that is what it should be; else what is wrong with the first. */
async function intact(candidates: readonly { readonly name: string; readonly sha: string }[], promised: Promised, github: GitHub, hash: (text: string) => string): Promise<Found> {
  let fault: Found | undefined
  for (const { name, sha } of candidates) {
    const content = await blobText(sha, name, github)
    try {
      return { document: recordIn(content, promised, hash) }
    } catch (thrown) {
      fault ??= { name, why: messageOf(thrown) }
    }
  }
  return fault ?? { name: '', why: 'there is no file' }
}

function subject({ delivery: { environment, intent, result } }: DeliveryDocument): string {
  return `${intent.kind} ${intent.release.version} in ${environment}: ${result?.reason ?? 'open'}`.replaceAll(/\s+/g, ' ').slice(0, 200)
}
