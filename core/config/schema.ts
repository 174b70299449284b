import { z } from 'zod'
import { ledgerChoices } from '../domain/environment.js'
import { strategies, undecidedChoices } from '../domain/rollout.js'
import { checkSchema } from './check-schema.js'
import { layersSchema } from './layers/layer-places.js'
import { annotateSchema } from './schema-annotate.js'
import { backupSchema } from './schema-backup.js'
import { buildSchema } from './schema-build.js'
import { composeSchema } from './schema-compose.js'
import { freezeSchema } from './schema-freeze.js'
import { fourEyesSchema } from './schema-gates.js'
import { metricsSchema } from './schema-metrics.js'
import { notifySchema } from './schema-notify.js'
import { objectivesSchema } from './schema-objectives.js'
import { protectionSchema, variablesSchema } from './schema-protection.js'
import { secretsSchema } from './schema-secrets.js'
import { verifySchema } from './schema-signatures.js'
import { sloSchema } from './schema-slo.js'
import { shortRules, triggersSchema } from './schema-triggers.js'
import { qualitySchema } from './schema-quality.js'
import { watchSchema } from './schema-watch.js'
import { choice, duration, durationOrNone, excess, later, share, text, whole, yesNo } from './words.js'

const one = 'exactly one of these'
/** A mapping, said with an example of it. */
const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })

const local = z.strictObject({
  port: whole('Port of the proxy on 127.0.0.1.', 1, 65_535, 8080).optional(),
  sticky: yesNo('Keep a client on one arm by cookie.', false).optional(),
  drain: duration('Requests in flight may take so long to end before their instance is stopped.', '10s').optional(),
  keep: whole('Past releases that stay restorable.', 1, 100, 5).optional(),
  health: text('Path that must answer 2xx. Default: the path of `identity`.', '/health').optional(),
  'metrics-port': whole('Port on 127.0.0.1 for a Prometheus: `/metrics` of the proxy, `/targets` with the processes. Default: none.', 1, 65_535, 9464).optional(),
}).nullable().meta({ description: 'Processes on this machine behind an embedded proxy: the reference and the demo, not for production.', examples: [{ port: 8080 }] })

const platform = z.strictObject({
  local: local.optional(),
  compose: composeSchema.optional(),
  kubernetes: later('Kubernetes with Helm.', 'the platform driver `kubernetes`', {}).optional(),
  ecs: later('AWS ECS Fargate.', 'the platform driver `ecs`', {}).optional(),
  'app-platform': later('DigitalOcean App Platform.', 'the platform driver `app-platform`', {}).optional(),
  vercel: later('Vercel.', 'the platform driver `vercel`', {}).optional(),
  'clever-cloud': later('Clever Cloud.', 'the platform driver `clever-cloud`', {}).optional(),
}, like('{ local: { port: 8080 } }')).refine((value) => Object.keys(value).length === 1, { error: `${one}: local, compose, kubernetes, ecs, app-platform, vercel, clever-cloud` })
  .meta({ description: 'Where releases run.', examples: [{ local: { port: 8080 } }] })

const identity = z.strictObject({
  get: text('Path that is asked.', '/health').optional(),
  json: text('Dotted path of the version in the JSON answer.', 'version').optional(),
  header: text('Header that carries the version.', 'x-release').optional(),
}).refine((value) => (value.json === undefined) !== (value.header === undefined), { error: '`json` or `header`, one of them' })
  .meta({ description: 'How a served answer names its release.', examples: [{ get: '/health', json: 'version' }, { header: 'x-release' }] })

const migrate = z.strictObject({
  up: text('Command that migrates the database forward, before a release starts.', 'npx prisma migrate deploy').optional(),
  revision: text("Command whose last line is the schema's revision.", 'npx prisma migrate status').optional(),
  down: text('Command that takes the schema back.', 'npx prisma migrate resolve --rolled-back').optional(),
  in: choice('Where the commands run: on the runner, or as a task in the release.', ['runner', 'release'], 'runner').optional(),
  'backward-compatible': yesNo('The release before can run on the schema after (expand and contract).', true).optional(),
  within: duration('Time limit of each command.', '10m').optional(),
  paths: z.array(text('A folder or a pattern.', 'db/changes/**')).meta({ description: 'Where migrations are in the sources, beside the places that are usual: what changes there is flagged before an approval.', examples: [['db/changes/**']] }).optional(),
}).meta({ description: 'Database migrations: your own commands.' })

const rollout = z.strictObject({
  strategy: choice('How a release is let in.', strategies, 'canary').optional(),
  weights: z.array(whole('Percent of traffic.', 1, 100))
    .refine((all) => all.at(-1) === 100 && all.every((value, index) => index === 0 || value > all[index - 1]!), { error: 'rising whole percents that end with 100, such as `[5, 25, 50, 100]`' })
    .meta({ description: 'Percent of traffic, step by step.', default: [5, 25, 50, 100] }).optional(),
  'on-undecided': choice("When the judge's time is over.", undecidedChoices, 'promote-if-unsuspected').optional(),
  'on-no-data': choice('When there are no samples to judge by.', ['hold', 'rollback'], 'rollback').optional(),
  step: z.strictObject({
    'at-least': durationOrNone('A step is held so long, whatever the judge says.', '60s').optional(),
    'at-most': duration('After so long an undecided, unsuspected step goes on.', '10m').optional(),
  }).meta({ description: 'How long one weight is held.' }).optional(),
  'decide-within': duration("The judge's whole time.", '1h').optional(),
  'healthy-within': duration('Until a new release must be healthy and identified.', '2m').optional(),
  'return-after': duration('The platform sends traffic back when the runner was silent for so long.', '2m').optional(),
}).meta({ description: 'How a release is let in.' })

const judge = z.strictObject({
  metrics: metricsSchema.optional(),
  every: duration('How often it looks.', '5s').optional(),
  ...shortRules,
  errors: z.strictObject({
    'fail-above': excess('More than this fails the candidate.', '+10% +0.05pp').optional(),
    'pass-below': excess('Less than this passes it.', '+25% +0.5pp').optional(),
    ceiling: share('A rate that must not be reached, whatever stable does.').optional(),
  }).meta({ description: 'Answers with status 5xx.' }).optional(),
  latency: z.strictObject({
    'slower-than': duration('A request slower than this is a slow one.'),
    'fail-above': excess('More slow requests than this fail the candidate.', '+20% +0.05pp').optional(),
    'pass-below': excess('Less than this passes it.', '+35% +0.5pp').optional(),
    ceiling: share('A rate of slow requests that must not be reached.').optional(),
    'warm-up': durationOrNone('The first while counts for nothing.', '30s').optional(),
  }).meta({ description: 'Slow answers.' }).optional(),
  'false-alarm': share('Chance of sending a good release back.', '1%').optional(),
  missed: share('Chance of passing a bad one.', '5%').optional(),
  'min-requests': whole('No pass before the candidate served so many.', 1, 1_000_000, 100).optional(),
}).meta({ description: 'What is measured, and how much worse than stable a release may be.' })

const ledger = choice('Where the record of deliveries is kept: `github`, in its deployments, or `file`, in the state folder. Default: `github` on a runner of GitHub, else `file`.', ledgerChoices)

const records = z.strictObject({
  branch: text('Branch that full records are committed to; the job needs `contents: write`.', 'ecluse-ledger'),
}, like('{ branch: ecluse-ledger }')).meta({ description: 'Where full records of deliveries are kept, beside the state folder.', examples: [{ branch: 'ecluse-ledger' }] })

const flushCache = z.union([
  text('A command.', 'make flush-cache'),
  z.strictObject({ redis: text('Address of one database of a Redis, `redis://user:password@host:6379/0`, or `rediss://…` for TLS; always by `${env:NAME}`.', '${env:REDIS_URL}') }),
], { error: 'a command, or `{ redis: "${env:REDIS_URL}" }`' }).meta({ description: 'What empties the caches after a rollback or a restore: a command, or a database of a Redis that gets FLUSHDB.', examples: ['make flush-cache', { redis: '${env:REDIS_URL}' }] })

export const environmentSchema = z.strictObject({
  extends: text('Environment whose keys this one starts from: mappings are merged, anything else is replaced.', 'staging').optional(),
  url: z.url({ protocol: /^https?$/, error: 'an address that begins with `https://` or `http://`' }).meta({ description: 'Where users reach it. Default on `local`: the proxy.', examples: ['https://shop.example'] }).optional(),
  platform: platform.optional(),
  identity: identity.optional(),
  ledger: ledger.optional(),
  records: records.optional(),
  settings: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'a name of letters, digits and `_`' }), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Non-secret settings of the release, part of it: a rollback brings them back.', examples: [{ LOG_LEVEL: 'info' }] }).optional(),
  migrate: migrate.optional(),
  'flush-cache': flushCache.optional(),
  checks: z.array(checkSchema).meta({ description: 'What a smoke test asks.', examples: [['GET /health json.status=ok within 500ms', { get: '/', contains: 'Shop' }]] }).optional(),
  health: z.strictObject({ degraded: choice('What a health report of `degraded` does.', ['warn', 'fail'], 'warn').optional() }).meta({ description: 'How a structured health report is read.' }).optional(),
  integration: text('Your integration tests, a command.', 'npm run test:integration').optional(),
  soak: duration('Keep checking for so long after a deployment.').optional(),
  rollout: rollout.optional(),
  judge: judge.optional(),
  backup: backupSchema.optional(),
  objectives: objectivesSchema.optional(),
  annotate: annotateSchema.optional(),
  protection: protectionSchema.optional(),
  variables: variablesSchema.optional(),
  secrets: secretsSchema.optional(),
  watch: watchSchema.optional(),
  notify: notifySchema.optional(),
  freeze: freezeSchema.optional(),
  'four-eyes': fourEyesSchema.optional(),
  verify: verifySchema.optional(),
  slo: sloSchema.optional(),
  triggers: triggersSchema.optional(),
  complaints: whole('Short for `triggers.user-complaints.more-than`: so many issues labelled `complaint` are borne.', 0, 1000, 5).optional(),
}).meta({ description: 'What is true of one environment.' })

export const fileSchema = z.strictObject({
  app: text('Name of the application.', 'shop').optional(),
  state: text('Folder for what Ecluse keeps.', '.ecluse').optional(),
  build: buildSchema.optional(),
  identity: identity.optional(),
  ledger: ledger.optional(),
  records: records.optional(),
  layers: layersSchema.optional(),
  quality: qualitySchema.optional(),
  environments: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'a name of letters, digits, `.`, `_` and `-`' }), environmentSchema).meta({ description: 'What is true of each environment, by its name on GitHub.', examples: [{ staging: { platform: { local: { port: 8081 } } }, production: { extends: 'staging', platform: { local: { port: 8080 } } } }] }).optional(),
}).meta({ title: 'ecluse.yml', description: 'What is true of an application and its environments.' })

export type EnvironmentFile = z.infer<typeof environmentSchema>
export type ConfigFile = z.infer<typeof fileSchema>
