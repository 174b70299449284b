import type { BackupPolicy, PgBackRestOptions } from '../../../../domain/backup.js'
import { InputError, messageOf, StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { ArchiveBackup, PointInTime } from '../../../../ports/point-in-time.js'
import { addressOf } from '../address.js'
import { WHOLE_DAY_MS } from '../psql.js'
import { serverOf, type Server } from '../server.js'
import { archiverFails, archiverState, archivingOff, markNow, takeMoment } from './archive.js'
import { expire } from './expire.js'
import { identityFor } from './identity.js'
import { stanzaInfo, type StanzaInfo } from './info.js'
import { marking, unmark } from './marks.js'
import { backrest, installed, placeOf, type Backrest } from './program.js'
import { serverPrograms } from './programs.js'
import { restoreBeside, restoreCluster } from './restored.js'
import { dataFolderOf, foundBeside, sweep } from './without-server.js'

const LOOK_MS = 60_000
/** An archiver that takes longer for one file is not well. */
const ARCHIVE_WITHIN_S = 60
/** A cancelled run has ten seconds all the same. */
const BACK_MS = 10 * 60_000

export type PointInTimeChoice = Pick<BackupPolicy, 'database' | 'through'> & { readonly ca?: string; readonly pointInTime: PgBackRestOptions }

/** pgBackRest, as it is installed and configured on the machine of the server or of its repository. */
export function pgBackRest(policy: PointInTimeChoice, ambient: Ambient, limits: { readonly archiveWithinS: number } = { archiveWithinS: ARCHIVE_WITHIN_S }): PointInTime {
  if (policy.through !== undefined) throw elsewhere(policy.through.kind)
  const { pointInTime: options } = policy
  const server = serverOf({ url: policy.database, ...(policy.ca === undefined ? {} : { ca: policy.ca }) }, ambient)
  const within = `--archive-timeout=${limits.archiveWithinS}`
  const given = (): Promise<Backrest> => (known ??= found(options, server, ambient).catch((thrown: unknown) => {
    known = undefined
    throw thrown
  }))
  let known: Promise<Backrest> | undefined
  const info = async (): Promise<StanzaInfo> => infoOf(await given())
  const back = async (): Promise<Backrest> => ({ ...(await given()), ambient: ambient.shielded(BACK_MS) })
  const own = new Set<string>()
  const { host, port, database } = addressOf(policy.database)
  return {
    of: { place: placeOf(options), database, host, port },
    about: async () => about(await given(), await server()),
    check: async () => {
      await well(options.stanza, await server())
      await markNow(await server())
      await backrest(await given(), { what: 'check the archive of', command: 'check', args: [within], timeoutMs: LOOK_MS + 2000 * limits.archiveWithinS, code: 'archive-broken' })
    },
    backup: async (kind, mark) => {
      const before = new Set((await info()).backups.map(({ label }) => label))
      await backrest(await given(), {
        what: `take a ${kind} backup of`, command: 'backup', code: 'dump-failed', timeoutMs: WHOLE_DAY_MS,
        args: [`--type=${kind === 'full' ? 'full' : 'diff'}`, '--start-fast', '--no-expire-auto', within, ...marking(mark)],
      })
      // It is there: without its name nobody could take it back.
      const fresh = freshOf(await infoOf(await back()), before, options.stanza)
      own.add(fresh.label)
      if (fresh.damaged) throw await damaged(fresh.label, await back())
      return shown(fresh)
    },
    backups: async () => (await info()).backups.map(shown),
    lagMs: async () => lagOf(options.stanza, await server(), await info(), ambient.clock.now()),
    verify: async () => verify(await given()),
    moment: async (what) => takeMoment(await server(), what?.checksums === true),
    restore: async (to) => restoreCluster({ given: await given(), programs: await serverPrograms((await server()).major, await server(), ambient), psql: (await server()).clients.psql }, to),
    restoreBeside: async (asked) => restoreBeside(await foundBeside({ url: policy.database, options, major: asked.major }, server, ambient), asked),
    unmark: async (label) => unmark(await given(), label),
    expire: async (labels) => {
      const using = labels.every((label) => own.has(label)) ? await back() : await given()
      return expire(using, labels, () => infoOf(using))
    },
    sweep: async () => sweep(options, server, ambient),
  }
}

async function found(options: PgBackRestOptions, server: () => Promise<Server>, ambient: Ambient): Promise<Backrest> {
  const program = await installed(ambient)
  const reached = await server()
  return { ...program, options, address: reached.address, identity: await identityFor(await dataFolderOf(reached), ambient), ambient }
}

async function about(given: Backrest, server: Server): ReturnType<PointInTime['about']> {
  const { systemIdentifier } = await infoOf(given)
  const { host, port, database } = server.address
  return { place: placeOf(given.options), version: given.version, serverVersion: server.version, systemIdentifier, database, host, port }
}

async function infoOf(given: Backrest): Promise<StanzaInfo> {
  const { stdout } = await backrest(given, { what: 'list the backups of', command: 'info', args: ['--output=json'], timeoutMs: LOOK_MS, code: 'archive-broken' })
  const said = stanzaInfo(stdout, given.options)
  // 2: there is a stanza, and no backup in it yet.
  if (said.status.code !== 0 && said.status.code !== 2) {
    throw new StateError('archive-broken', { message: `Stanza \`${given.options.stanza}\` is not well: "${said.status.message}".`, fix: 'Make it with `pgbackrest stanza-create`, or correct what pgBackRest says.' })
  }
  return said
}

function freshOf({ backups }: StanzaInfo, before: ReadonlySet<string>, stanza: string): StanzaInfo['backups'][number] {
  const fresh = backups.find(({ label }) => !before.has(label))
  if (fresh === undefined) throw new StateError('dump-failed', { message: `pgBackRest ended well, and stanza \`${stanza}\` has no new backup.`, fix: 'Read what `pgbackrest info` says.' })
  return fresh
}

/** The newest state of a cluster that may not be readable any more: nobody sweeps it. */
async function damaged(label: string, given: Backrest): Promise<StateError> {
  await unmark(given, label).catch((fault: unknown) => given.ambient.log.warn(messageOf(fault)))
  return new StateError('backup-corrupt', { message: `Backup ${label} has pages whose checksum does not fit: the cluster itself is damaged.`, fix: 'Read the log of pgBackRest for the files, and restore them from an older backup.' })
}

function shown(said: StanzaInfo['backups'][number]): ArchiveBackup {
  const { damaged: _, ...one } = said
  return one
}

async function well(stanza: string, server: Server): Promise<Awaited<ReturnType<typeof archiverState>>> {
  const state = await archiverState(server)
  if (!state.archiving) throw archivingOff(stanza)
  if (state.failing !== undefined) throw archiverFails(stanza, state.failing)
  return state
}

/** What the last backup holds is archived, whatever the server still remembers: its counters begin anew after a crash. */
async function lagOf(stanza: string, server: Server, { backups: [newest] }: StanzaInfo, now: number): Promise<number> {
  const { complete, sinceLastMs } = await well(stanza, server)
  if (complete) return 0
  if (sinceLastMs !== undefined) return Math.max(0, sinceLastMs)
  if (newest !== undefined) return Math.max(0, now - newest.endedAt)
  throw new StateError('archive-broken', { message: `Nothing of the server of stanza \`${stanza}\` was ever archived.`, fix: 'Run `pgbackrest check`, and read the log of the server.' })
}

/** Its exit code says nothing of what it found. */
async function verify(given: Backrest): Promise<void> {
  const { stdout } = await backrest(given, { what: 'read the repository of', command: 'verify', args: ['--output=text', '--verbose'], timeoutMs: WHOLE_DAY_MS, code: 'backup-corrupt' })
  const lines = stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const { stanza } = given.options
  if (lines.includes(`stanza: ${stanza}`) && lines.includes('status: ok')) return
  const wrong = lines.filter((line) => /status: (?:invalid|error)|: [1-9]/.test(line) && !/missing: 0, checksum invalid: 0, size invalid: 0, other: 0|status: valid/.test(line))
  throw new StateError('backup-corrupt', {
    message: `The repository of stanza \`${stanza}\` has files that are not what was written: ${wrong.length === 0 ? 'pgBackRest did not say that it is well' : wrong.join('; ').slice(0, 400)}.`,
    fix: 'Take a full backup now, and treat the ones that are named as lost.',
  })
}

function elsewhere(kind: string): InputError {
  return new InputError([{ code: 'config-invalid', message: `\`backup.pgbackrest\` and \`backup.through.${kind}\` do not go together: pgBackRest restores into a cluster beside the real one, and that is done on this machine.`, fix: 'Run on the machine of the server or in its container, and take `through` out.' }])
}
