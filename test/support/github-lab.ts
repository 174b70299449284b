/** A `FlowLab` whose record is kept in the deployments of a fake GitHub, through the real driver of its API. Time stands still while it is asked, and while a disk is. */
import { approvalsFor } from '../../core/delivery/approvals.js'
import { openGitHub } from '../../core/drivers/github/octokit/index.js'
import { githubLedger } from '../../core/drivers/ledger/github/index.js'
import { folderRecords } from '../../core/drivers/records/folder/index.js'
import { githubRepository } from '../../core/drivers/repositories/github/index.js'
import { systemFiles } from '../../core/io/files.js'
import { systemHttp } from '../../core/io/http.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { GitHub } from '../../core/ports/github.js'
import { FlowLab } from './flow-lab.js'
import type { FlowProcess } from './flow-process.js'
import { startGitHub, type FakeGitHub } from './services/github/github.mjs'

export interface GitHubLab<L extends FlowLab = FlowLab> {
  readonly lab: L
  readonly github: FakeGitHub
  /** A step of a workflow's run on a machine of its own; without a run, of a new one. */
  step(run?: number): FlowProcess
  close(): Promise<void>
}

/** `folder`: where full records are kept. */
export async function githubLab(folder: string, rps = 2000): Promise<GitHubLab> {
  return onGitHub(new FlowLab({}, rps), folder)
}

export async function onGitHub<L extends FlowLab>(lab: L, folder: string): Promise<GitHubLab<L>> {
  const github = await startGitHub({ now: () => lab.time.now(), limit: 1_000_000 })
  github.addCommits(3)
  const http = systemHttp({ signal: new AbortController().signal })
  const standing: Ambient['http'] = { certificate: (...asked) => http.certificate(...asked), request: (asked) => lab.time.standstill(() => http.request(asked)) }
  const open = (ambient: Ambient): GitHub => openGitHub(ambient.github!, { ...ambient, http: standing })
  const disk = systemFiles()
  const files: Pick<Ambient['files'], 'textIfThere' | 'write'> = { textIfThere: (path) => lab.time.standstill(() => disk.textIfThere(path)), write: (...asked) => lab.time.standstill(() => disk.write(...asked)) }
  lab.keeping = (ambient) => ({
    ledger: githubLedger(open(ambient), ambient),
    records: [folderRecords({ folder }, { files: { ...disk, ...files }, paths: ambient.paths })],
    approvals: () => approvalsFor('production', async () => githubRepository(open(ambient)), ambient),
  })
  lab.around = (run) => ({
    run: { ...run, host: `machine-of-${run.id}`, url: `https://github.example/acme/shop/actions/runs/${run.id}/attempts/1` },
    github: { api: github.url, server: 'https://github.example', repository: github.repository, token: 'ghs_fake', hosted: true, sha: github.head() },
  })
  return { lab, github, step: (run = github.addRun().id) => lab.process(String(run)), close: () => github.close() }
}
