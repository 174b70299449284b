import { VERSION_HEADER } from '../domain/edge-control/index.js'
import type { Environment, LocalOptions, MigrateCommands, PlatformChoice } from '../domain/environment.js'
import type { IdentityRule } from '../domain/identity.js'
import type { RolloutPolicy } from '../domain/rollout.js'
import type { Problem } from '../errors/families.js'
import { checkOf } from './check-schema.js'
import type { Places } from './problems.js'
import type { EnvironmentFile } from './schema.js'
import { backupOf } from './schema-backup.js'
import { annotateOf } from './schema-annotate.js'
import { returnProblems } from './schema-cloud.js'
import { composeOptions, usualUrl } from './schema-compose.js'
import { freezeOf } from './schema-freeze.js'
import { fourEyesOf } from './schema-gates.js'
import { objectivesOf } from './schema-objectives.js'
import { protectionOf, protectionProblems, variablesOf } from './schema-protection.js'
import { secretProblems, secretsOf } from './schema-secrets.js'
import { verifyOf, verifyProblems } from './schema-signatures.js'
import { probeProblems } from './schema-own-counts.js'
import { sloOf, sloProblems } from './schema-slo.js'
import { watchOf } from './schema-watch.js'
import { metricsOf, metricsProblems, settleJudge, usualPollMs } from './settle-judge.js'
import { judgedBy, settleTriggers } from './settle-triggers.js'
import { judgeInFull } from './short-rules.js'
import { milliseconds } from './words.js'

interface About {
  readonly name: string
  readonly app: string
  readonly state: string
}

/** Everything that is true of an environment: what was written, and the defaults. */
export function settleEnvironment(file: EnvironmentFile, about: About, places: Places): { readonly environment: Environment; readonly problems: readonly Problem[] } {
  const written = identityOf(file.identity)
  const platform = platformOf(file.platform, written ?? PROXY_IDENTITY)
  const identity = written ?? (platform === undefined ? undefined : PROXY_IDENTITY)
  const url = file.url ?? (platform?.name === 'compose' ? usualUrl(platform) : platform && `http://127.0.0.1:${platform.port}`)
  const full = judgeInFull(file, places)
  const settled = settleJudge(full.judge, places, usualPollMs(platform, file.judge?.metrics))
  const judged = judgedBy(settled.policy, file.triggers, places)
  const watched = settleTriggers(file, places)
  const migrate = migrateOf(file.migrate)
  const backup = backupOf(file.backup, about.state)
  const metrics = metricsOf(file.judge, platform)
  const rollout = rolloutOf(file.rollout)
  return {
    problems: [...full.problems, ...settled.problems, ...judged.problems, ...watched.problems, ...sloProblems(file.slo, metrics, places), ...metricsProblems(metrics, platform, places), ...probeProblems(metrics, identity, places), ...returnProblems(metrics, judged.policy, rollout, places), ...orderProblems(rollout, places), ...protectionProblems(file, places), ...secretProblems(file, places), ...verifyProblems(file, places)],
    environment: {
      ...about,
      ...(url === undefined ? {} : { url }),
      ...(platform === undefined ? {} : { platform }),
      ...(identity === undefined ? {} : { identity }),
      ...(file.ledger === undefined ? {} : { ledger: file.ledger }),
      ...(file.records === undefined ? {} : { recordsBranch: file.records.branch }),
      settings: Object.fromEntries(Object.entries(file.settings ?? {}).map(([key, value]) => [key, String(value)])),
      ...(migrate === undefined ? {} : { migrate }),
      ...(file['flush-cache'] === undefined ? {} : { flushCache: file['flush-cache'] }),
      checks: (file.checks ?? []).map(checkOf),
      degraded: file.health?.degraded ?? 'warn',
      ...(file.integration === undefined ? {} : { integration: file.integration }),
      ...(file.soak === undefined ? {} : { soakMs: milliseconds(file.soak) }),
      ...(file.protection === undefined ? {} : { protection: protectionOf(file.protection) }),
      ...(file.variables === undefined ? {} : { variables: variablesOf(file.variables) }),
      ...(file.secrets === undefined ? {} : { secrets: secretsOf(file.secrets) }),
      ...(file.freeze === undefined ? {} : { freeze: freezeOf(file.freeze) }),
      ...(file['four-eyes'] === undefined ? {} : { fourEyes: fourEyesOf(file['four-eyes']) }),
      ...(file.verify === undefined ? {} : { verify: verifyOf(file.verify) }),
      rollout,
      judge: judged.policy,
      triggers: watched.triggers,
      ...(file.slo === undefined ? {} : { slo: sloOf(file.slo) }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(backup === undefined ? {} : { backup }),
      ...(file.annotate === undefined ? {} : { annotate: annotateOf(file.annotate) }),
      objectives: objectivesOf(file.objectives),
      ...(file.watch === undefined ? {} : { watch: watchOf(file.watch) }),
    },
  }
}

/** The embedded proxy, and the edge of `compose`, name the release of each answer themselves. */
const PROXY_IDENTITY: IdentityRule = { kind: 'header', path: '/', header: VERSION_HEADER }

function identityOf(file: EnvironmentFile['identity']): IdentityRule | undefined {
  if (file === undefined) return undefined
  const path = file.get ?? '/'
  return file.json === undefined ? { kind: 'header', path, header: file.header ?? '' } : { kind: 'json', path, pointer: file.json }
}

function platformOf(file: EnvironmentFile['platform'], identity: IdentityRule): PlatformChoice | undefined {
  if (file?.compose !== undefined) return composeOptions(file.compose, identity)
  return file?.local === undefined ? undefined : localOptions(file.local ?? {}, identity)
}

function localOptions(file: NonNullable<NonNullable<EnvironmentFile['platform']>['local']>, identity: IdentityRule): LocalOptions {
  return {
    name: 'local',
    port: file.port ?? 8080,
    sticky: file.sticky ?? false,
    drainMs: milliseconds(file.drain ?? '10s'),
    keep: file.keep ?? 5,
    healthPath: file.health ?? identity.path,
    ...(file['metrics-port'] === undefined ? {} : { metricsPort: file['metrics-port'] }),
  }
}

function migrateOf(file: EnvironmentFile['migrate']): MigrateCommands | undefined {
  if (file === undefined) return undefined
  return {
    ...(file.up === undefined ? {} : { up: file.up }),
    ...(file.revision === undefined ? {} : { revision: file.revision }),
    ...(file.down === undefined ? {} : { down: file.down }),
    in: file.in ?? 'runner',
    backwardCompatible: file['backward-compatible'] ?? true,
    withinMs: milliseconds(file.within ?? '10m'),
    ...(file.paths === undefined ? {} : { paths: file.paths }),
  }
}

function rolloutOf(file: EnvironmentFile['rollout']): RolloutPolicy {
  const ms = (written: string | undefined, usual: string): number => milliseconds(written ?? usual)
  return {
    strategy: file?.strategy ?? 'canary',
    weights: file?.weights ?? [5, 25, 50, 100],
    onUndecided: file?.['on-undecided'] ?? 'promote-if-unsuspected',
    onNoData: file?.['on-no-data'] ?? 'rollback',
    stepAtLeastMs: ms(file?.step?.['at-least'], '60s'),
    stepAtMostMs: ms(file?.step?.['at-most'], '10m'),
    decideWithinMs: ms(file?.['decide-within'], '1h'),
    healthyWithinMs: ms(file?.['healthy-within'], '2m'),
    returnAfterMs: ms(file?.['return-after'], '2m'),
  }
}

/** A step that must last longer than it may, or than the judge's whole time, could never be carried out. */
function orderProblems(rollout: RolloutPolicy, places: Places): readonly Problem[] {
  const later = (path: readonly string[], than: string): Problem => ({
    code: 'config-invalid',
    message: `${places.at(path)}: \`${places.name(path)}\` is longer than \`${than}\`.`,
    fix: `Make it shorter, or \`${than}\` longer.`,
  })
  const { stepAtLeastMs, stepAtMostMs, decideWithinMs } = rollout
  return [
    ...(stepAtLeastMs > stepAtMostMs ? [later(['rollout', 'step', 'at-least'], 'at-most')] : []),
    ...(stepAtLeastMs > decideWithinMs ? [later(['rollout', 'step', 'at-least'], 'decide-within')] : []),
  ]
}
