import { z } from 'zod'
import { dumpFormats, proofs, type BackupPolicy, type ScratchPlace, type StoreChoice, type Through } from '../domain/backup.js'
import { choice, duration, formed, milliseconds, text, whole, yesNo } from './words.js'

const one = 'exactly one of these'
const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })
const oneKey = (value: object): boolean => Object.keys(value).length === 1
/** Until its variable is put in, a secret is what the file says: known by name only. */
const orReference = (form: string): RegExp => new RegExp(`^\\s*(\\$\\{env:[^}]*\\}|${form})\\s*$`)

const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

const disk = z.strictObject({
  path: text('Folder for backups. Default: `backups` in the state folder.', '/srv/backups').optional(),
}).nullable().meta({ description: 'A folder of this machine.', examples: [{ path: '/srv/backups' }] })

const s3 = z.strictObject({
  bucket: formed(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket, such as `shop-backups`', { description: 'The bucket; it must exist.', examples: ['shop-backups'] }),
  prefix: formed(/^[A-Za-z0-9][A-Za-z0-9!_.*'()/-]*$/, 'a folder in the bucket, such as `shop/production`', { description: 'Before the names of all objects.', examples: ['shop'] }).optional(),
  region: text('Region of the bucket. Default: `AWS_REGION`.', 'eu-west-3').optional(),
  endpoint: z.url({ protocol: /^https?$/, error: 'an address that begins with `https://` or `http://`' }).meta({ description: 'Address of a store that is not AWS.', examples: ['https://s3.fr-par.scw.cloud'] }).optional(),
  'path-style': yesNo('The bucket is part of the path, not of the host. Default: `true` where an `endpoint` is set.', false).optional(),
  'access-key-id': text('Key id. Default: `AWS_ACCESS_KEY_ID`.', '${env:BACKUP_KEY_ID}').optional(),
  'secret-access-key': text('Key. Default: `AWS_SECRET_ACCESS_KEY`.', '${env:BACKUP_KEY}').optional(),
  'storage-class': text('Class of storage for backups.', 'STANDARD_IA').optional(),
  lock: z.strictObject({
    mode: choice('Who may shorten it: those with a special right, or nobody.', ['governance', 'compliance'], 'governance').optional(),
    for: duration('How long nobody can delete or overwrite a backup.'),
  }, like('{ mode: governance, for: 30d }')).meta({ description: 'Object lock; the bucket must have been made with it.', examples: [{ mode: 'governance', for: '30d' }] }).optional(),
}, like('{ bucket: shop-backups }')).refine((value) => (value['access-key-id'] === undefined) === (value['secret-access-key'] === undefined), { error: '`access-key-id` and `secret-access-key`, both or neither' })
  .meta({ description: 'A bucket of S3 or of what speaks like it.', examples: [{ bucket: 'shop-backups', region: 'eu-west-3' }] })

const stores = z.strictObject({ disk: disk.optional(), s3: s3.optional() }, like('{ disk: { path: /srv/backups } }')).refine(oneKey, { error: `${one}: disk, s3` })
const store = (description: string): typeof stores => stores.meta({ description, examples: [{ disk: { path: '/srv/backups' } }, { s3: { bucket: 'shop-backups' } }] })

const through = z.strictObject({
  docker: z.strictObject({ container: text('Name of the container.', 'shop-db-1') }).meta({ description: 'A container of this machine\'s Docker Engine, by `docker exec`.', examples: [{ container: 'shop-db-1' }] }).optional(),
  compose: z.strictObject({
    service: text('The service that runs PostgreSQL.', 'db'),
    files: z.array(text('Path of a compose file.', 'compose.yml')).meta({ description: 'Default: what `docker compose` finds.', examples: [['compose.yml']] }).optional(),
    project: text('Name of the project. Default: what `docker compose` takes.', 'shop').optional(),
  }).meta({ description: 'A service of a compose project, by `docker compose exec`.', examples: [{ service: 'db' }] }).optional(),
  kubernetes: z.strictObject({
    pod: text('Name of the pod, or `deployment/…`, `statefulset/…`.', 'shop-db-0'),
    namespace: text('Default: that of the context.', 'shop').optional(),
    container: text('Default: the first of the pod.', 'postgres').optional(),
    context: text('Default: the current one.', 'production').optional(),
  }).meta({ description: 'A pod, by `kubectl exec`.', examples: [{ pod: 'shop-db-0', namespace: 'shop' }] }).optional(),
  image: text('Image that has the client programs, run with Docker on the network of this machine.', 'postgres:17').optional(),
}, like('{ docker: { container: shop-db-1 } }')).refine(oneKey, { error: `${one}: docker, compose, kubernetes, image` })
  .meta({ description: 'Where the client programs run; the address of `database` is as seen from there. Default: on this machine.', examples: [{ docker: { container: 'shop-db-1' } }] })

const proveIn = z.strictObject({
  server: text('Address of another server\'s database.', '${env:SCRATCH_DATABASE_URL}').optional(),
  container: text('Image of a throw-away PostgreSQL.', 'postgres:17').optional(),
  embedded: z.strictObject({ programs: text('Folder with `initdb` and `postgres`. Default: what is installed.', '/usr/lib/postgresql/17/bin').optional() }).nullable().meta({ description: 'A throw-away cluster on this machine.', examples: [{}] }).optional(),
}, like('{ embedded: {} }')).refine(oneKey, { error: `${one}: server, container, embedded` })
  .meta({ description: 'Where the copy is restored for proof. Default: on the same server, under a random name.', examples: [{ embedded: {} }, { container: 'postgres:17' }] })

const keep = z.strictObject({
  daily: whole('The newest of so many days.', 0, 3650, 7).optional(),
  weekly: whole('The newest of so many weeks.', 0, 520, 4).optional(),
  monthly: whole('The newest of so many months.', 0, 120, 12).optional(),
}, like('{ daily: 7, weekly: 4, monthly: 12 }')).refine(({ daily = 7, weekly = 4, monthly = 12 }) => daily + weekly + monthly > 0, { error: 'at least one backup to be kept' })
  .meta({ description: 'How many backups are kept. Default: all of them. The last verified one and what a live release is bound to stay whatever this says.', examples: [{ daily: 7, weekly: 4, monthly: 12 }] })

const pgbackrest = z.strictObject({
  stanza: text('Name of the stanza.', 'shop'),
  config: text('Its configuration file, where it runs.', '/etc/pgbackrest/pgbackrest.conf').optional(),
  repo: whole('Which of its repositories.', 1, 256).optional(),
  'full-every': duration('A full backup when the last one is older, else a differential one.', '7d').optional(),
}, like('{ stanza: shop }')).meta({ description: 'Continuous archiving by an installed pgBackRest, for going back to any moment.', examples: [{ stanza: 'shop' }] })

export const backupSchema = z.strictObject({
  database: text('Address of the PostgreSQL database.', '${env:DATABASE_URL}').optional(),
  ca: text('Who signed the certificate of the server, as PEM text; the server is then checked, host name and all.', '${env:DATABASE_CA}').optional(),
  through: through.optional(),
  store: store('Where backups are kept. Default: on disk, in the state folder.').optional(),
  'copy-to': store('A second store, on another site. A backup counts once both have it.').optional(),
  'encrypt-to': z.array(formed(/^age1[02-9ac-hj-np-z]{58}$/, 'a recipient as `age-keygen` prints it, `age1…`', { description: 'A recipient.', examples: [RECIPIENT] })).min(1, { error: 'at least one recipient' })
    .meta({ description: 'Who can open the backups: public keys of age. Default: nobody needs a key.', examples: [[RECIPIENT]] }).optional(),
  identity: formed(orReference('AGE-SECRET-KEY-1[A-Z0-9]+(\\s+AGE-SECRET-KEY-1[A-Z0-9]+)*'), 'a key as `age-keygen` makes it, by `${env:NAME}`', { description: 'Opens encrypted backups, for restores. Always by name.', examples: ['${env:BACKUP_IDENTITY}'] }).optional(),
  'allow-unencrypted': yesNo('Backups may leave this machine as they are.', false).optional(),
  format: choice('`custom` is streamed; `directory` is dumped and restored in parallel and needs room on this machine for all of it.', dumpFormats, 'custom').optional(),
  jobs: whole('Programs at work side by side, where the format allows.', 1, 64, 2).optional(),
  verify: choice('Restored and compared, read whole, or taken at its word.', proofs, 'restore').optional(),
  'verify-in': proveIn.optional(),
  'accept-unverified': yesNo('A promotion takes a backup that nobody restored.', false).optional(),
  checksums: yesNo('Compare the content of every table as well, by checksum; reads it all once more.', false).optional(),
  keep: keep.optional(),
  'max-age': duration('How old the data of the newest verified backup may be.').optional(),
  pgbackrest: pgbackrest.optional(),
}).meta({ description: 'A verified backup is taken before production is changed.' })

export type BackupFile = z.output<typeof backupSchema>

/** `undefined`: no database is named. */
export function backupOf(file: BackupFile | undefined, state: string): BackupPolicy | undefined {
  if (file?.database === undefined) return undefined
  const { keep: kept, pgbackrest: archive } = file
  return {
    database: file.database,
    ...(file.ca === undefined ? {} : { ca: file.ca }),
    ...(file.through === undefined ? {} : { through: throughOf(file.through) }),
    store: storeOf(file.store, state),
    ...(file['copy-to'] === undefined ? {} : { copyTo: storeOf(file['copy-to'], state) }),
    encryptTo: file['encrypt-to'] ?? [],
    ...(file.identity === undefined ? {} : { identity: file.identity }),
    allowUnencrypted: file['allow-unencrypted'] ?? false,
    acceptUnverified: file['accept-unverified'] ?? false,
    format: file.format ?? 'custom',
    jobs: file.jobs ?? 2,
    proof: file.verify ?? 'restore',
    proveIn: scratchPlaceOf(file['verify-in']),
    checksums: file.checksums ?? false,
    ...(kept === undefined ? {} : { keep: { daily: kept.daily ?? 7, weekly: kept.weekly ?? 4, monthly: kept.monthly ?? 12 } }),
    ...(file['max-age'] === undefined ? {} : { maxAgeMs: milliseconds(file['max-age']) }),
    ...(archive === undefined ? {} : {
      pointInTime: {
        stanza: archive.stanza, fullEveryMs: milliseconds(archive['full-every'] ?? '7d'),
        ...(archive.config === undefined ? {} : { config: archive.config }), ...(archive.repo === undefined ? {} : { repo: archive.repo }),
      },
    }),
  }
}

function storeOf(file: BackupFile['store'], state: string): StoreChoice {
  if (file?.s3 === undefined) return { name: 'disk', path: file?.disk?.path ?? `${state}/backups` }
  const { s3: bucket } = file
  const { 'access-key-id': accessKeyId, 'secret-access-key': secretAccessKey, lock } = bucket
  return {
    name: 's3',
    bucket: bucket.bucket,
    prefix: (bucket.prefix ?? '').replaceAll(/^\/+|\/+$/g, ''),
    ...(bucket.region === undefined ? {} : { region: bucket.region }),
    ...(bucket.endpoint === undefined ? {} : { endpoint: bucket.endpoint }),
    pathStyle: bucket['path-style'] ?? bucket.endpoint !== undefined,
    ...(accessKeyId === undefined || secretAccessKey === undefined ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    ...(bucket['storage-class'] === undefined ? {} : { storageClass: bucket['storage-class'] }),
    ...(lock === undefined ? {} : { lock: { mode: lock.mode ?? 'governance', forMs: milliseconds(lock.for) } }),
  }
}

function throughOf({ docker, compose, kubernetes, image }: NonNullable<BackupFile['through']>): Through {
  if (docker !== undefined) return { kind: 'docker', container: docker.container }
  if (compose !== undefined) return { kind: 'compose', service: compose.service, files: compose.files ?? [], ...(compose.project === undefined ? {} : { project: compose.project }) }
  if (kubernetes === undefined) return { kind: 'image', image: image ?? '' }
  const { pod, namespace, container, context } = kubernetes
  return { kind: 'kubernetes', pod, ...(namespace === undefined ? {} : { namespace }), ...(container === undefined ? {} : { container }), ...(context === undefined ? {} : { context }) }
}

function scratchPlaceOf(file: BackupFile['verify-in']): ScratchPlace {
  if (file?.server !== undefined) return { kind: 'server', url: file.server }
  if (file?.container !== undefined) return { kind: 'container', image: file.container }
  if (file?.embedded === undefined) return { kind: 'same' }
  return { kind: 'embedded', ...(file.embedded?.programs === undefined ? {} : { programs: file.embedded.programs }) }
}
