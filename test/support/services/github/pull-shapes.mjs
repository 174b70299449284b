import { stamp } from './completion.mjs'
import { userShape } from './people.mjs'

export function pullShape(world, view, { id, title, body, user, labels, commits, state, mergedAt, base, createdAt }) {
  const url = `${world.links.api()}/pulls/${id}`
  const last = commits.at(-1) ?? '0'.repeat(40)
  return {
    id, number: id, node_id: `PR_${id}`, title, body, state, user: userShape(world, view, user), url, html_url: `${world.links.page()}/pull/${id}`, created_at: stamp(createdAt), updated_at: stamp(mergedAt ?? createdAt),
    closed_at: state === 'closed' ? stamp(mergedAt ?? createdAt) : null, merged_at: mergedAt === null ? null : stamp(mergedAt), merge_commit_sha: mergedAt === null ? null : last,
    labels: labels.map((name, index) => ({ id: index + 1, node_id: `L_${name}`, name, color: 'ededed', description: '', default: false, url: `${world.links.api()}/labels/${name}` })),
    base: { ref: base, label: `${world.owner}:${base}`, sha: commits[0] ?? last }, head: { ref: `pull-${id}`, label: `${world.owner}:pull-${id}`, sha: last }, author_association: 'MEMBER', auto_merge: null, draft: false,
  }
}
