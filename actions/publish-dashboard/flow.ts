import { dashboardModel } from '../../core/domain/dashboard/build.js'
import { exportsOf, pageWith } from '../../core/domain/dashboard/exports/index.js'
import type { DashboardModel } from '../../core/domain/dashboard/model.js'
import { StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { gatherNotes } from './notes.js'
import type { PublishOutcome } from './outcome.js'
import { read, type ReadPorts } from './reading.js'
import { outcome } from './report.js'
import type { PublishRequest } from './request.js'
import type { Repository } from '../../core/ports/repository.js'
import { publish } from './writing.js'

export interface PublishPorts extends ReadPorts {
  /** Absent where no repository on GitHub is known, or no token for it. */
  readonly repository?: Repository
  /** A text without any secret that is known. */
  readonly masked: (text: string) => string
}

const PAGE = 'page/index.html'

/** Writes the record of all environments as one page that needs nothing else, and what programs read beside it. */
export async function publishDashboard(request: PublishRequest, ports: PublishPorts, ambient: Ambient): Promise<PublishOutcome> {
  // 1. The record of every environment, and the full records of the newest deliveries.
  ambient.log.step(`Read the record of ${request.environments.map(({ name }) => `\`${name}\``).join(', ')}`)
  const found = await read(request, ports, ambient)
  if (found.environments.length === 0) return outcome(request, 'not-read', found.gaps.join(' '), { gaps: found.gaps })

  // 2. What changed with each of the newest.
  const notes = await gatherNotes(request, found, ports.repository, ambient)

  // 3. One model for the page and for all exports.
  const gaps = [...found.gaps, ...notes.gaps].map((gap) => ports.masked(gap))
  const model = dashboardModel({
    app: request.app,
    ...(ambient.github === undefined ? {} : { repository: `${ambient.github.server}/${ambient.github.repository}` }),
    generatedAt: ambient.clock.now(), spanMs: request.spanMs, details: request.details, gaps,
    environments: found.environments, documents: found.documents, notes: notes.notes, committedAt: notes.committedAt,
  })

  // 4. Into the folder: all of it, or what was there before.
  ambient.log.step(`Write \`${request.out}\``)
  const folder = await publish(request.out, { ...exportsOf(model), 'index.html': await pageOf(model, ambient) }, ambient)
  const facts = { model, folder, gaps, documents: found.documents.size, noted: notes.notes.size }
  if (gaps.length > 0) return outcome(request, 'partly-read', `${gaps.length === 1 ? 'One part' : `${gaps.length} parts`} could not be read: ${gaps.join(' ')}`, facts)
  if (model.deliveries.length === 0) return outcome(request, 'nothing-recorded', 'Check `ledger` and `state` when there have been deliveries.', facts)
  return outcome(request, 'published', `${model.deliveries.length} deliveries of ${model.environments.length} environments are in \`${request.out}\`.`, facts)
}

async function pageOf(model: DashboardModel, { files, paths }: Ambient): Promise<string> {
  const place = `${paths.dist}/${PAGE}`
  const page = pageWith(await files.text(place), model)
  if (page === undefined) throw new StateError('page-broken', { message: `\`${place}\` has no place for the data, or more than one.` })
  return page
}

