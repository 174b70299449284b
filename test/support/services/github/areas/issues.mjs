import { stamp } from '../completion.mjs'
import { userShape } from '../people.mjs'
import { found } from '../refusal.mjs'

export const issues = {
  'issues/list-for-repo': ({ view, query, world }) => {
    const state = query.state ?? 'open'
    const labels = query.labels === undefined ? [] : query.labels.split(',')
    const since = Date.parse(query.since ?? '')
    const fits = (issue) => (state === 'all' || issue.state === state) && labels.every((label) => issue.labels.includes(label)) && (query.creator === undefined || issue.user === query.creator) && !((issue.updatedAt ?? issue.createdAt) < since)
    // Every pull request is an issue, too.
    const list = [...view.all('issues'), ...view.all('pulls').map((pull) => ({ ...pull, pull: true }))].filter((issue) => fits(issue))
    return { list: list.toSorted((a, b) => b.id - a.id), render: (issue) => issueShape(world, view, issue) }
  },
  'issues/get-label': ({ params, view, world }) => {
    const known = view.all('issues').some((issue) => issue.labels.includes(params.name))
    return { status: 200, body: labelShape(world, found(known ? params.name : undefined)) }
  },
  'issues/create': ({ body, world, actor }) => {
    const made = { id: world.nextNumber(), title: String(body.title), body: body.body ?? '', state: 'open', labels: namesOf(body.labels), assignees: body.assignees ?? [], user: actor, createdAt: world.now(), updatedAt: world.now() }
    world.store.put('issues', made)
    return { status: 201, body: issueShape(world, world.store.head, made) }
  },
  'issues/get': ({ params, view, world }) => ({ status: 200, body: issueShape(world, view, issueOf(view, params)) }),
  'issues/update': ({ params, body, world, actor }) => {
    const { id } = issueOf(world.store.head, params)
    const given = ['title', 'body', 'state', 'assignees'].filter((name) => body[name] !== undefined && body[name] !== null).map((name) => [name, body[name]])
    world.store.change('issues', id, { ...Object.fromEntries(given), ...(body.labels === undefined ? {} : { labels: namesOf(body.labels) }), ...(body.state === undefined ? {} : { closedBy: body.state === 'closed' ? actor : null }), updatedAt: world.now() })
    return { status: 200, body: issueShape(world, world.store.head, world.store.head.get('issues', id)) }
  },
  'issues/list-comments': ({ params, view, world }) => ({ list: view.by('comments', 'issue', issueOf(view, params).id), render: (comment) => commentShape(world, view, comment) }),
  'issues/create-comment': ({ params, body, world, actor }) => {
    const { id: issue } = issueOf(world.store.head, params)
    const made = { id: world.store.nextId(), issue, body: body.body, user: actor, createdAt: world.now(), updatedAt: world.now() }
    world.store.put('comments', made)
    return { status: 201, body: commentShape(world, world.store.head, made) }
  },
  'issues/get-comment': ({ params, view, world }) => ({ status: 200, body: commentShape(world, view, commentOf(view, params)) }),
  'issues/update-comment': ({ params, body, world }) => {
    const { id } = commentOf(world.store.head, params)
    world.store.change('comments', id, { body: body.body, updatedAt: world.now() })
    return { status: 200, body: commentShape(world, world.store.head, world.store.head.get('comments', id)) }
  },
  'issues/delete-comment': ({ params, world }) => {
    world.store.remove('comments', commentOf(world.store.head, params).id)
    return { status: 204 }
  },
  'issues/list-labels-on-issue': ({ params, view, world }) => ({ list: issueOf(view, params).labels, render: (name) => labelShape(world, name) }),
  'issues/add-labels': ({ params, body, world }) => {
    const { id, labels } = issueOf(world.store.head, params)
    const all = [...new Set([...labels, ...namesOf(body.labels ?? body)])]
    world.store.change('issues', id, { labels: all, updatedAt: world.now() })
    return { status: 200, body: all.map((name) => labelShape(world, name)) }
  },
}

function issueOf(view, { issue_number: number }) {
  return found(view.get('issues', Number(number)) ?? view.get('pulls', Number(number)))
}

function commentOf(view, { comment_id: id }) {
  return found(view.get('comments', Number(id)))
}

function namesOf(labels) {
  return (labels ?? []).map((label) => (typeof label === 'string' ? label : label.name))
}

export function labelShape(world, name) {
  return { id: 1, node_id: `LA_${name}`, name, color: 'ededed', default: false, description: null, url: `${world.links.api()}/labels/${name}` }
}

/** Who is seen as one of the repository's: whoever may write to it. Everybody may open issues in a public one. */
function associationOf(view, login) {
  const { permission } = view.get('users', login) ?? {}
  return permission === 'admin' || permission === 'write' ? 'MEMBER' : 'NONE'
}

function issueShape(world, view, { id, title, body, state, labels, assignees = [], closedBy = null, user, createdAt, updatedAt = createdAt, pull = false }) {
  const url = `${world.links.api()}/issues/${id}`
  return {
    id, number: id, node_id: `I_${id}`, title, body, state, labels: labels.map((name) => labelShape(world, name)), user: userShape(world, view, user), url, html_url: `${world.links.page()}/issues/${id}`, repository_url: world.links.api(),
    comments: view.by('comments', 'issue', id).length, comments_url: `${url}/comments`, events_url: `${url}/events`, created_at: stamp(createdAt), updated_at: stamp(updatedAt), closed_at: state === 'closed' ? stamp(updatedAt) : null,
    author_association: associationOf(view, user), locked: false, ...(pull ? { pull_request: { url: `${world.links.api()}/pulls/${id}`, html_url: `${world.links.page()}/pull/${id}`, diff_url: null, patch_url: null } } : {}), assignees: assignees.map((login) => userShape(world, view, login)), closed_by: closedBy === null ? null : userShape(world, view, closedBy),
  }
}

function commentShape(world, view, { id, issue, body, user, createdAt, updatedAt }) {
  return {
    id, node_id: `IC_${id}`, body, user: userShape(world, view, user), url: `${world.links.api()}/issues/comments/${id}`, html_url: `${world.links.page()}/issues/${issue}#issuecomment-${id}`, issue_url: `${world.links.api()}/issues/${issue}`,
    created_at: stamp(createdAt), updated_at: stamp(updatedAt), author_association: associationOf(view, user),
  }
}
