import { untoldParts } from '../../core/delivery/telling/around.js'
import type { Found } from './flow.js'
import { reasons, type Reason, type ReconcileOutcome } from './outcome.js'

export function outcome(reason: Reason, found: readonly Found[]): ReconcileOutcome {
  const healed = found.flatMap((one) => one.healed)
  const open = found.flatMap((one) => one.open)
  const troubles = found.filter(({ failed }) => failed === true).map(({ environment, left = '' }) => `\`${environment}\`: ${left}`)
  const done = healed.length === 0 ? [] : [`${healed.length} ${healed.length === 1 ? 'delivery was' : 'deliveries were'} closed: ${healed.map(({ delivery, seen }) => `${delivery} (${seen})`).join('; ')}.`]
  const message = [...troubles, ...done, ...(troubles.length + done.length === 0 ? [reasons[reason]] : [])].join(' ')
  return {
    ok: reason !== 'not-healed',
    reason,
    message,
    outputs: { healed: healed.map(({ delivery }) => delivery).join(','), open: open.map(({ id }) => id).join(',') },
    summary: {
      title: `Reconcile: ${reason}`,
      parts: [
        { kind: 'text', text: reasons[reason] },
        { kind: 'table', columns: ['Environment', 'Delivery', 'What', 'Run', 'Seen'], rows: found.flatMap(rows) },
        ...untoldParts(found.flatMap(({ untold = [] }) => untold)),
      ],
    },
  }
}

function rows({ environment, open, healed, left = '' }: Found): readonly (readonly string[])[] {
  const told = [
    ...healed.map(({ delivery, reason, seen }) => [environment, delivery, reason, '', seen]),
    ...open.map(({ id, intent, alive }) => [environment, id, `${intent.kind} of ${intent.release.version}`, `${intent.run.id} ${alive ? 'lives' : 'has ended'}`, left]),
  ]
  return told.length === 0 ? [[environment, '', left === '' ? 'nothing open' : '', '', left]] : told
}
