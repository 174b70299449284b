import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { LEASE_MS, SLACK_MS } from '../../../core/drivers/ledger/github/leases.js'
import type { Ledger } from '../../../core/ports/ledger.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub } from '../../support/services/github/github.mjs'
import { ledgerContract } from './suite.js'
import { World, aRun } from './surroundings.js'

const runs = { near: aRun('one', 'here', 101), near2: aRun('two', 'here', 102), far: aRun('three', 'there', 103) }

ledgerContract('GitHub ledger', async () => {
  const world = new World()
  const github = await startGitHub({ now: () => world.time, limit: 100_000 })
  github.addCommits(2)
  const client = (run: keyof typeof runs): Ledger => githubLedger(plainGitHub(github), world.waiting(runs[run], github))
  return {
    near: client('near'), near2: client('near2'), far: client('far'), runs,
    advance: (ms) => { world.time += ms }, leaseMs: LEASE_MS, slackMs: SLACK_MS + 1000,
    now: () => world.time,
    kill: (run) => { world.dead.add(run.pid) },
    close: () => github.close(),
  }
})
