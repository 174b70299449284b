import { resolve } from '../git.mjs'
import { fileChanges } from '../changes.mjs'
import { commitShape } from '../git-shapes.mjs'
import { pullShape } from '../pull-shapes.mjs'
import { found, refuse } from '../refusal.mjs'

export const commits = {
  'repos/list-commits': ({ query, view, world }) => {
    const head = resolve(world, view, query.sha ?? world.settings.defaultBranch) ?? refuse(404, 'Not Found')
    const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since)
    const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until)
    const list = [...world.git.ancestors(head)].map((sha) => world.git.commit(sha)).filter(({ committer }) => Date.parse(committer.date) >= since && Date.parse(committer.date) <= until)
    return { list, render: (commit) => commitShape(world, view, commit) }
  },

  'repos/get-commit': ({ params, view, world }) => {
    const sha = resolve(world, view, params.ref) ?? refuse(422, `No commit found for SHA: ${params.ref}`)
    const commit = world.git.commit(sha)
    return { status: 200, body: { ...commitShape(world, view, commit), ...changed(world, commit.parents[0], sha) } }
  },

  'repos/compare-commits-with-basehead': ({ params, query, view, world }) => {
    const [base, head] = params.basehead.split('...').map((ref) => resolve(world, view, ref) ?? refuse(404, 'Not Found'))
    if (head === undefined) refuse(404, 'Not Found')
    const [before, after] = [world.git.ancestors(base), world.git.ancestors(head)]
    const ahead = [...after].filter((sha) => !before.has(sha)).toReversed()
    const behind = [...before].filter((sha) => !after.has(sha))
    const meeting = [...after].find((sha) => before.has(sha)) ?? refuse(404, `No common ancestor between ${params.basehead.replace('...', ' and ')}.`)
    const perPage = Math.min(250, Number(query.per_page ?? 250))
    const page = Number(query.page ?? 1)
    const shown = ahead.slice((page - 1) * perPage, page * perPage)
    return {
      status: 200,
      body: {
        status: ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical', ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length,
        base_commit: commitShape(world, view, world.git.commit(base)), merge_base_commit: commitShape(world, view, world.git.commit(meeting)),
        commits: shown.map((sha) => commitShape(world, view, world.git.commit(sha))), html_url: `${world.links.page()}/compare/${params.basehead}`, url: `${world.links.api()}/compare/${params.basehead}`,
        // Files come with the first page only, and at most 300 of them.
        ...(page === 1 ? { files: fileChanges(world, meeting, head).slice(0, 300) } : {}),
      },
    }
  },

  'repos/list-pull-requests-associated-with-commit': ({ params, view, world }) => ({
    list: view.all('pulls').filter((pull) => pull.commits.includes(params.commit_sha)), render: (pull) => pullShape(world, view, pull),
  }),

  'repos/list-branches': ({ view, world }) => ({
    list: view.all('refs').filter(({ id }) => id.startsWith('refs/heads/')),
    render: ({ id, sha }) => ({ name: id.slice('refs/heads/'.length), commit: { sha, url: `${world.links.api()}/commits/${sha}` }, protected: false }),
  }),

  'repos/get-branch': ({ params, view, world }) => {
    const { sha } = found(view.get('refs', `refs/heads/${params.branch}`))
    return { status: 200, body: { name: params.branch, commit: commitShape(world, view, world.git.commit(sha)), protected: false, _links: { self: `${world.links.api()}/branches/${params.branch}`, html: world.links.page() } } }
  },
}

function changed(world, before, sha) {
  const files = fileChanges(world, before, sha)
  return { files, stats: { additions: files.length, deletions: 0, total: files.length } }
}

