// Addresses as GitHub builds them.

export function linksFor(world) {
  const api = () => `${world.base}/repos/${world.repository}`
  const page = () => `${world.server}/${world.repository}`
  return {
    api, page,
    run: (id) => `${page()}/actions/runs/${id}`,
    job: (run, job) => `${page()}/actions/runs/${run}/job/${job}`,
    commit: (sha) => `${page()}/commit/${sha}`,
  }
}
