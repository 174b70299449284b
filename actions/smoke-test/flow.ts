import { runChecks, type CheckReport, type ChecksRequest } from '../../core/delivery/checks.js'
import { observeVersion } from '../../core/delivery/identity.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Metrics } from '../../core/ports/metrics.js'
import { integrate } from './integration.js'
import type { SmokeOutcome } from './outcome.js'
import { junitOf, outcome, type Findings } from './report.js'
import type { SmokeRequest } from './request.js'
import { soak } from './soak.js'

export interface SmokePorts {
  /** What users get, for the soak. */
  readonly metrics?: Metrics
  /** Where the result is recorded, when an environment was named. */
  readonly ledger?: Ledger
}

/** Asks a running release whether it is the right one and whether it works, and goes on asking for as long as is wanted. */
export async function smokeTest(request: SmokeRequest, ports: SmokePorts, ambient: Ambient): Promise<SmokeOutcome> {
  const found: { -readonly [K in keyof Findings]: Findings[K] } = { startedAt: ambient.clock.now() }
  const result = await tested(request, ports, found, ambient)
  const path = request.junit
  if (path !== undefined) {
    await ambient.files.write(path.startsWith('/') ? path : `${ambient.paths.work}/${path}`, junitOf(request, found))
  }
  // A run that was cancelled has found nothing out that anybody should rely on.
  if (result.reason !== 'cancelled') await recorded(request, ports, result, ambient)
  return result
}

type Found = { -readonly [K in keyof Findings]: Findings[K] }

async function tested(request: SmokeRequest, ports: SmokePorts, found: Found, ambient: Ambient): Promise<SmokeOutcome> {
  const { environment, checks } = request
  try {
    // 1. Is there anything to ask?
    if (checks.checks.length === 0 && (checks.version === undefined || checks.identity === undefined)) {
      return outcome(request, 'no-checks', 'No checks are given, and no version that should be served. Set the input `checks`, or `checks` in the configuration.', found)
    }

    // 2. The version, then all checks.
    ambient.log.step(`Check ${checks.url}`)
    const report = await runChecks(checks, ambient)
    const served = report.servedVersion ?? (await servedNow(checks, ambient))
    Object.assign(found, { report, served })
    if (!report.ok) return outcome(request, report.reason, report.message, found)

    // 3. The user's own tests.
    if (environment.integration !== undefined) {
      ambient.log.step('Run the integration tests')
      found.integration = await integrate(request, environment.integration, served ?? checks.version ?? '', ambient)
      if (!found.integration.ok) return outcome(request, 'integration-failed', found.integration.message, found)
    }

    // 4. Does it stay so?
    if (environment.soakMs === undefined || environment.soakMs === 0) return outcome(request, passedAs(report), report.message, found)
    ambient.log.step(`Soak ${checks.url}`)
    found.soaked = await soak(environment, checks, { ...ports, ...(served === undefined ? {} : { served }) }, ambient)
    return outcome(request, soakReasons[found.soaked.end] ?? passedAs(report), `${report.message} ${found.soaked.message}`, found)
  } catch (fault) {
    if (!ambient.signal.aborted) throw fault
    return outcome(request, 'cancelled', 'Not everything was tested.', found)
  }
}

const soakReasons = { passed: undefined, unsuspected: 'soaked-unsuspected', failed: 'soak-failed', undecided: 'soak-undecided' } as const

function passedAs({ reason }: CheckReport): 'passed' | 'passed-degraded' {
  return reason === 'passed-degraded' ? reason : 'passed'
}

/** No version was asked for: what serves is put out all the same, where the answers tell. */
async function servedNow({ identity, url, headers }: ChecksRequest, ambient: Ambient): Promise<string | undefined> {
  if (identity === undefined) return undefined
  const seen = await observeVersion(url, identity, headers, ambient)
  return 'version' in seen ? seen.version : undefined
}

async function recorded({ environment, checks }: SmokeRequest, { ledger }: SmokePorts, result: SmokeOutcome, ambient: Ambient): Promise<void> {
  if (ledger === undefined) return
  const { ok, reason, message: detail, outputs } = result
  try {
    await ledger.record(environment.name, { type: 'checked', at: ambient.clock.now(), version: outputs['served-version'] || (checks.version ?? ''), ok, reason, detail })
  } catch (fault) {
    // A failure must be told as what it is; a pass that nobody can look up later is none.
    if (ok) throw fault
    ambient.log.warn(`The result was not recorded: ${messageOf(fault)}`)
  }
}
