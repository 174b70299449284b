import { openReports, openRepository } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { qualityGate } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { qualityRequest, requirement } from './request.js'
import { requireQuality } from './require.js'

/** The runner kills all after ten seconds, and programs have taken three of them. */
const LAST_WORD_MS = 4000

void runAction({
  name: 'quality-gate',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    if (given.mode === 'require') return requireQuality(requirement(given, ambient.github), await openRepository(ambient), ambient)
    const request = qualityRequest(given, await host.quality(), host.cores, ambient.github)
    const reports = await openReports((text) => host.masked(text), ambient)
    if (!given.record || ambient.github === undefined) return qualityGate(request, { reports }, ambient)
    const repository = await openRepository(ambient)
    return qualityGate(request, { reports, repository, shielded: () => openRepository(ambient.shielded(LAST_WORD_MS)) }, ambient)
  },
})
