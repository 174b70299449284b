/** The world of `FlowLab` with people in it who are told. */
import { reconcile } from '../../actions/reconcile/flow.js'
import type { ReconcileOutcome } from '../../actions/reconcile/outcome.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { openTelling } from '../../core/delivery/telling/open.js'
import type { Telling } from '../../core/delivery/telling/telling.js'
import type { Severity } from '../../core/domain/notice.js'
import type { Outcome } from '../../core/domain/outcome.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { WaitingApproval } from '../../core/domain/telling/approvals.js'
import type { Channel, NotifyPolicy } from '../../core/domain/telling/policy.js'
import type { Subject } from '../../core/domain/telling/runs.js'
import { deliverySubject, reconcileSubject } from '../../core/domain/telling/subjects.js'
import { threadsOf, type Told } from '../../core/domain/telling/told.js'
import { Channels } from './fakes/channels.js'
import { FlowLab } from './flow-lab.js'
import type { FlowProcess } from './flow-process.js'

export function aChannel(id: string, least: Severity): Channel {
  return { id, least, options: { name: 'webhook', url: `https://${id}.example/`, headers: {} } }
}

export class TellingLab extends FlowLab {
  readonly channels = new Channels()
  policy: NotifyPolicy = {
    channels: [aChannel('chat', 'info'), aChannel('mail', 'warning')],
    escalations: [{ afterMs: 600_000, least: 'warning', to: [{ ...aChannel('pager', 'warning'), id: 'escalate.pager' }] }],
    digestMs: 3_600_000, approvalMs: 3_600_000, lacking: [],
  }
  masked = (text: string): string => text

  telling(by: FlowProcess, otherwise: Partial<Ledger> = {}): Telling {
    const notifier = (name: string) => {
      const real = this.channels.notifier(name)
      return {
        ...real,
        post: (...asked: Parameters<typeof real.post>) => by.through(`${name} post`, () => real.post(...asked)),
        update: (...asked: Parameters<typeof real.update>) => by.through(`${name} update`, () => real.update(...asked)),
        reply: (...asked: Parameters<typeof real.reply>) => by.through(`${name} reply`, () => real.reply(...asked)),
        close: (...asked: Parameters<typeof real.close>) => by.through(`${name} close`, () => real.close(...asked)),
      }
    }
    let ledger: Ledger | undefined
    return openTelling({
      environment: 'production', policy: this.policy, masked: (text) => this.masked(text),
      ledger: async () => (ledger ??= { ...by.ports().ledger, ...otherwise }),
      notifier: async (options) => notifier(options.name === 'webhook' ? new URL(options.url).hostname.split('.')[0]! : options.name),
    }, by.ambient)
  }

  /** As a main does it. */
  async run<R extends string, O extends string>(work: (by: FlowProcess) => Promise<Outcome<R, O>>, { by = this.process(), subject }: { readonly by?: FlowProcess; readonly subject?: Subject } = {}): Promise<Outcome<R, O>> {
    by.telling = this.telling(by)
    return by.life(withTelling(subject ?? deliverySubject('canary-promote', this.environment(), by.ambient.run, 'v2'), by.telling, by.ambient, () => work(by)))
  }

  delivered(version: string, place: Parameters<FlowLab['promote']>[1] = {}, by?: FlowProcess): Promise<Outcome> {
    return this.run((one) => this.promote(version, { ...place, by: one }), by === undefined ? {} : { by })
  }

  /** The scheduled run. */
  reconciled({ by = this.process(), waiting }: { readonly by?: FlowProcess; readonly waiting?: readonly WaitingApproval[] } = {}): Promise<ReconcileOutcome> {
    const telling = this.telling(by)
    by.telling = telling
    return by.life(reconcile({ environments: [this.environment()], dryRun: false }, async () => by.ports(), by.ambient, (environment) => ({
      subject: reconcileSubject(environment, by.ambient.run), telling, approvalMs: this.policy.approvalMs, ...(waiting === undefined ? {} : { waiting: async () => waiting }),
    })))
  }

  get kept(): readonly Told[] {
    return threadsOf(this.store.get('production')?.told() ?? [])
  }
}
