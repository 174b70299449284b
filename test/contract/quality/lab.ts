/** The quality gate in a real checkout with real processes, against the fake GitHub over HTTP: one commit, known to both. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { loadQuality } from '../../../core/config/load-quality.js'
import { openReports, openRepository } from '../../../core/drivers/registry.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Log, Place } from '../../../core/ports/log.js'
import { qualityGate } from '../../../actions/quality-gate/flow.js'
import type { QualityOutcome } from '../../../actions/quality-gate/outcome.js'
import { qualityRequest, type QualityInputs } from '../../../actions/quality-gate/request.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

export const SECRET = 'hunter2-very-secret'
const masked = (text: string): string => text.replaceAll(SECRET, '***')
export const RUN = 'https://github.example/acme/shop/actions/runs/4711/attempts/1'

export interface Annotation {
  readonly text: string
  readonly at?: Place | undefined
}

export class QualityLab {
  readonly work: string
  readonly controller = new AbortController()
  readonly told: string[] = []
  readonly annotations: Annotation[] = []
  commit: string

  private constructor(readonly github: FakeGitHub) {
    this.work = mkdtempSync(path.join(os.tmpdir(), 'ecluse-quality-'))
    this.git('init', '--quiet', '--initial-branch=main')
    this.commit = ''
  }

  static async open(files: Readonly<Record<string, string>> = {}): Promise<QualityLab> {
    const lab = new QualityLab(await startGitHub())
    await lab.push({ 'README.md': 'shop\n', '.gitignore': 'reports/\nseen/\n', ...files })
    return lab
  }

  /** A commit on GitHub, checked out here alone, as `actions/checkout` does with a depth of one. */
  async push(files: Readonly<Record<string, string>>): Promise<string> {
    const [sha = ''] = this.github.addCommits([{ message: 'A change', files }])
    for (const file of this.github.files(sha)) this.write(file, this.github.file(file, sha)!)
    this.git('add', '--all')
    const tree = this.git('write-tree')
    const raw = await this.rawCommit(sha, tree)
    const made = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], { cwd: this.work, input: raw, encoding: 'utf8' }).trim()
    if (made !== sha) throw new Error(`git made ${made} of what GitHub calls ${sha}:\n${raw}`)
    writeFileSync(path.join(this.work, '.git', 'shallow'), `${sha}\n`)
    this.git('update-ref', 'refs/heads/main', sha)
    this.commit = sha
    return sha
  }

  write(file: string, text: string): void {
    const place = path.join(this.work, file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text)
  }

  /** Runs the gate with this as `quality` of ecluse.yml. */
  async run(quality: object, given: Partial<QualityInputs> & { readonly token?: string; readonly record?: boolean } = {}): Promise<QualityOutcome> {
    const { token, record = true, ...inputs } = given
    const settings = await loadQuality({
      files: { textIfThere: async () => JSON.stringify({ quality }) }, path: '/ecluse.yml', optional: true, overrides: {}, env: {}, fallbackApp: 'shop',
    })
    const ambient = this.ambient(token)
    const request = qualityRequest({ parallel: 4, within: 30_000, 'record-as': 'ecluse/quality', 'appear-within': 1000, ...inputs }, settings, 2, ambient.github)
    const reports = await openReports(masked, ambient)
    if (!record) return qualityGate(request, { reports }, ambient)
    const shielded = { ...ambient, ...githubAmbient({ url: this.github.url, ...(token === undefined ? {} : { token }) }), run: ambient.run }
    return qualityGate(request, { reports, repository: await openRepository(ambient), shielded: () => openRepository(shielded) }, ambient)
  }

  ambient(token?: string): Ambient {
    const ambient = githubAmbient({ url: this.github.url, work: this.work, signal: this.controller.signal, ...(token === undefined ? {} : { token }) })
    const tell = (text: string): void => void this.told.push(text)
    const log: Log = { step: tell, info: tell, progress: tell, warn: tell, debug: tell, error: (text, at) => void this.annotations.push({ text, at }) }
    return { ...ambient, log, github: { ...ambient.github!, sha: this.commit }, run: { ...ambient.run, url: RUN } }
  }

  /** States that were recorded for a commit under the gate's name, oldest first. */
  statuses(commit = this.commit): readonly string[] {
    return this.posted(commit).map(({ state }) => state)
  }

  descriptions(commit = this.commit): readonly string[] {
    return this.posted(commit).map(({ description }) => description ?? '')
  }

  private posted(commit: string): readonly { readonly state: string; readonly description: string | null }[] {
    return this.github.state.all('commitStatuses').filter(({ sha, context }) => sha === commit && context === 'ecluse/quality')
  }

  /** Rejects when something was asked of GitHub that its description does not know. */
  async close(): Promise<void> {
    const faults = [...this.github.faults]
    await this.github.close()
    rmSync(this.work, { recursive: true, force: true })
    if (faults.length > 0) throw new Error(faults.join('\n'))
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@shop.example', ...args], { cwd: this.work, encoding: 'utf8' }).trim()
  }

  private async rawCommit(sha: string, tree: string): Promise<string> {
    const answer = await fetch(`${this.github.url}/repos/acme/shop/git/commits/${sha}`, { headers: { authorization: 'Bearer ghs_fake' } })
    const { parents, author, committer, message } = (await answer.json()) as Known
    const person = ({ name, email, date }: Person): string => `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`
    return [`tree ${tree}`, ...parents.map((parent) => `parent ${parent.sha}`), `author ${person(author)}`, `committer ${person(committer)}`, '', message].join('\n')
  }
}

interface Person {
  readonly name: string
  readonly email: string
  readonly date: string
}

interface Known {
  readonly parents: readonly { readonly sha: string }[]
  readonly author: Person
  readonly committer: Person
  readonly message: string
}
