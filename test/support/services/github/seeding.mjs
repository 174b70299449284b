// What tests put in and look at, without a call.
import { addEnvironment, createDeployment, createStatus } from './deploying.mjs'
import { resolve } from './git.mjs'
import { addJob, addRun, endJob, endRun, jobDeployment, review, waitFor } from './running.mjs'
import { put as putVariable } from './areas/variables.mjs'

export function seedingFor(world) {
  const { store, git, vault, now } = world
  const commitOf = (ref = world.settings.defaultBranch) => {
    const sha = resolve(world, store.head, ref)
    if (sha === undefined) throw new Error(`There is no commit \`${ref}\``)
    return sha
  }
  const filesAt = (ref) => git.flat(git.commit(commitOf(ref)).tree)

  return {
    addCommits: (given, branch = world.settings.defaultBranch) => (typeof given === 'number' ? Array.from({ length: given }, (_, index) => ({ message: `Change ${index + 1}` })) : given).map((commit) => addCommit(world, commit, branch)),
    head: commitOf,
    file: (path, ref) => {
      const entry = filesAt(ref).get(path)
      return entry && git.blob(entry.sha).content.toString('utf8')
    },
    files: (ref) => [...filesAt(ref).keys()].toSorted((a, b) => (a < b ? -1 : 1)),
    addPull: ({ title, body = '', user = 'octo-admin', labels = [], commits, merged = true, base = world.settings.defaultBranch, at = now() }) => {
      const id = world.nextNumber()
      store.put('pulls', { id, title, body, user, labels, commits, state: merged ? 'closed' : 'open', mergedAt: merged ? at : null, base, createdAt: at })
      return id
    },
    addIssue: ({ title, body = '', labels = [], state = 'open', user = 'octo-admin' }) => {
      const id = world.nextNumber()
      store.put('issues', { id, title, body, labels, state, user, createdAt: now(), updatedAt: now() })
      return id
    },
    addUser: (login, permission = 'write') => {
      const number = store.head.get('users', login)?.number ?? store.nextId()
      store.put('users', { id: login, number, permission })
      return number
    },
    addTeam: (slug, members = []) => {
      const number = store.nextId()
      store.put('teams', { id: slug, number, members })
      return number
    },
    addApp: ({ slug, name = slug }) => {
      const id = store.nextId()
      store.put('apps', { id, slug, name })
      return id
    },
    addEnvironment: ({ policies = [], rules = [], ...environment }) => {
      addEnvironment(world, environment)
      for (const { name, type = 'branch' } of policies) store.put('branchPolicies', { id: store.nextId(), environment: environment.name, name, type })
      for (const app of rules) store.put('protectionRules', { id: store.nextId(), environment: environment.name, app })
    },
    setSecret: (environment, name, value) => {
      const id = `${environment}/${name}`
      store.put('secrets', { id, environment, name, sealed: vault.seal(value), createdAt: store.head.get('secrets', id)?.createdAt ?? now(), updatedAt: now() })
    },
    secretValue: (environment, name) => {
      const secret = store.head.get('secrets', `${environment}/${name.toUpperCase()}`)
      return secret && vault.open(secret.sealed)
    },
    setVariable: (environment, name, value) => putVariable(world, environment, name, value, store.head.get('variables', `${environment}/${name.toUpperCase()}`)?.createdAt),
    variable: (environment, name) => store.head.get('variables', `${environment}/${name.toUpperCase()}`)?.value,
    addRun: (run) => addRun(world, run),
    endRun: (run, conclusion) => endRun(world, run, conclusion),
    addJob: (job) => addJob(world, job),
    endJob: (job, conclusion) => endJob(world, job, conclusion),
    jobDeployment: (given) => jobDeployment(world, given),
    waitFor: (run, environment) => waitFor(world, run, environment),
    review: (run, environment, user, state, comment) => review(world, run, [environment], { user, state, comment }),
    addDeployment: (deployment) => seedDeployment(world, commitOf, deployment),
    addDeployments: (deployments) => {
      for (const deployment of deployments) seedDeployment(world, commitOf, deployment)
    },
    addStatus: (deployment, status) => createStatus(world, store.head.get('deployments', deployment), { creator: 'github-actions[bot]', ...status }),
    statusesOf: (deployment) => store.head.by('deploymentStatuses', 'deployment', deployment),
  }
}

function seedDeployment(world, commitOf, { ref = world.settings.defaultBranch, statuses = [], at = world.now(), environment, ...given }) {
  const made = createDeployment(world, {
    sha: commitOf(ref), ref, environment, task: 'deploy', payload: {}, description: null, creator: 'github-actions[bot]', transient: false, production: environment === 'production', ...given, at,
  })
  // What is seeded is as it says: nothing is made inactive by itself.
  for (const status of statuses) createStatus(world, made, { creator: 'github-actions[bot]', at, ...status, autoInactive: false })
  return made
}

function addCommit(world, { message = 'Change', files = {}, author = 'octo-admin', at = world.now() }, branch) {
  const { git, store, settings } = world
  const ref = `refs/heads/${branch}`
  const parent = (store.head.get('refs', ref) ?? store.head.get('refs', `refs/heads/${settings.defaultBranch}`))?.sha
  const tree = parent === undefined ? new Map() : git.flat(git.commit(parent).tree)
  for (const [path, text] of Object.entries(files)) {
    if (text === null) tree.delete(path)
    else tree.set(path, { mode: '100644', type: 'blob', sha: git.addBlob(Buffer.from(text)) })
  }
  const who = { name: author, email: `${author}@users.noreply.github.com`, date: `${new Date(at).toISOString().slice(0, 19)}Z` }
  const sha = git.addCommit({ tree: git.addFlat(tree), parents: parent === undefined ? [] : [parent], message, author: who, committer: who })
  store.put('refs', { id: ref, sha })
  return sha
}
