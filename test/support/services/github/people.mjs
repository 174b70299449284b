// Users and teams as other answers show them.

export function userShape(world, view, login) {
  const user = view.get('users', login)
  return { login, id: user?.number ?? 1, node_id: `U_${login}`, type: login.endsWith('[bot]') ? 'Bot' : 'User', html_url: `${world.server}/${login}`, url: `${world.base}/users/${login}`, avatar_url: `${world.server}/${login}.png`, site_admin: false }
}

export function reviewerShape(world, view, { type, id }) {
  if (type === 'Team') {
    const team = view.all('teams').find(({ number }) => number === id)
    return { type, reviewer: { id, node_id: `T_${id}`, name: team?.id ?? '', slug: team?.id ?? '', html_url: `${world.server}/orgs/${world.owner}/teams/${team?.id}` } }
  }
  return { type, reviewer: userShape(world, view, view.all('users').find(({ number }) => number === id)?.id ?? '') }
}

/** Ids of everybody who stands behind a reviewer. */
export function isReviewer(view, reviewers, login) {
  return reviewers.some(({ type, id }) => (type === 'Team' ? view.all('teams').find(({ number }) => number === id)?.members.includes(login) : view.get('users', login)?.number === id))
}
