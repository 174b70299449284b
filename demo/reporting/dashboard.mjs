// The record of all that, as one page: by the action that users run, from the files that the other actions wrote.
import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** Where the page is, and what the facts for programs beside it say of production. */
export async function publishDashboard({ runs, dashboard }) {
  const { outputs } = await runs.run('publish-dashboard', { ledger: 'file', out: dashboard }, ['published'])
  return { page: outputs.page, ...productionOf(JSON.parse(await readFile(path.join(outputs.folder, 'deliveries.json'), 'utf8'))) }
}

function productionOf({ environments, deliveries, figures }) {
  const { live } = environments.find(({ name }) => name === 'production') ?? {}
  const ended = deliveries.filter(({ environment, endedAt }) => environment === 'production' && endedAt !== undefined)
  return {
    live: live?.version,
    deliveries: ended.filter(({ kind }) => kind !== 'rollback').length,
    rollbacks: ended.filter(({ kind }) => kind === 'rollback').length,
    // The page's own figures, and its table, are of the same record.
    agree: figures.deliveries + figures.rollbacks === ended.length,
  }
}
