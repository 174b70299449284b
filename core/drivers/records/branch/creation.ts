import { object, text } from '../../../domain/local-control/decode.js'
import type { GitHub } from '../../../ports/github.js'

const WRITE = 'contents: write'
const README = '# Records of deliveries\n\nWritten by Ecluse, one file for each delivery: `<environment>/<delivery>.json`. Nothing else belongs here.\n'

const withSha = object<{ sha: string }>({ sha: text })

/** A branch without a past: its first commit says what it is for. */
export async function createBranch(branch: string, github: GitHub): Promise<void> {
  const what = `create the branch \`${branch}\``
  const files = await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/trees', parameters: { tree: [{ path: 'README.md', mode: '100644', type: 'blob', content: README }] }, permission: WRITE, repeatable: true })
  const commit = await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/commits', parameters: { message: 'Records of deliveries', tree: withSha(files.data, 'tree').sha, parents: [] }, permission: WRITE, repeatable: true })
  // 422: somebody else was faster, which is as good.
  await github.call({ what, route: 'POST /repos/{owner}/{repo}/git/refs', parameters: { ref: `refs/heads/${branch}`, sha: withSha(commit.data, 'commit').sha }, permission: WRITE, accept: [422], repeatable: true })
}
