import type { DeliveryRecord } from '../history.js'
import type { Receipt } from '../receipt.js'
import { assess, type Assessed } from './assess.js'
import { definitionsOf } from './definitions.js'
import { detailOf } from './detail.js'
import { figuresOf, spanOf } from './figures.js'
import type { DashboardModel } from './model.js'
import { beginningOf, panelOf } from './panel.js'
import { newestFirst, rowsOf, webAddress } from './rows.js'
import { completed, type DashboardSources, type EnvironmentSource } from './sources.js'

/** The record as a dashboard shows it. Takes time in proportion to the number of deliveries. */
export function dashboardModel(sources: DashboardSources): DashboardModel {
  const { app, repository, generatedAt, spanMs, gaps } = sources
  const environments = sources.environments.map((source): Read => {
    const history = completed(source.history, sources.documents)
    return { source: { ...source, history }, assessed: assess(history.deliveries, sources.committedAt) }
  })
  const production = environments.filter(({ source }) => source.production)
  const deliveries = environments.flatMap(({ source }) => source.history.deliveries)
  const span = spanOf(production.flatMap(({ source }) => beginningOf(source.history)), generatedAt, spanMs)
  const counted = production.flatMap(({ assessed }) => assessed)
  return {
    v: 1,
    app,
    ...(repository === undefined || webAddress(repository) === '' ? {} : { repository }),
    generatedAt,
    environments: environments.map(({ source, assessed }) => panelOf(source, assessed, { generatedAt, spanMs })),
    deliveries: rowsOf(deliveries),
    details: detailsOf(newestFirst(deliveries).slice(0, sources.details), environments, sources),
    figures: figuresOf(counted, span),
    definitions: definitionsOf({ span, production: production.map(({ source }) => source.history.environment), counted, cut: environments.flatMap(({ source: { history } }) => (history.cut === true ? [history.environment] : [])) }),
    gaps,
  }
}

interface Read {
  readonly source: EnvironmentSource
  readonly assessed: readonly Assessed[]
}

function detailsOf(newest: readonly DeliveryRecord[], environments: readonly Read[], { documents, notes }: DashboardSources): DashboardModel['details'] {
  const receipts = new Map<string, Receipt>(environments.flatMap(({ source }) => source.history.facts.flatMap((fact) => (fact.type === 'receipt' ? [[fact.receipt.id, fact.receipt] as const] : []))))
  return Object.fromEntries(newest.map((record) => {
    const { id, intent } = record
    return [id, detailOf(record, { document: documents.get(id), notes: notes.get(id), receipt: intent.receipt === undefined ? undefined : receipts.get(intent.receipt) })]
  }))
}
