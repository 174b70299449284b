import { differingSettings, settingsDiffReport } from '../../core/domain/settings/diff.js'
import type { SettingsOverview } from '../../core/domain/settings/overview.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { reasons, type Reason, type SetupOutcome } from './outcome.js'
import { counted } from './report.js'

/** The application's own settings side by side. Files are all it needs: no token, no network. */
export function compareSettings(overview: SettingsOverview | undefined, { log }: Pick<Ambient, 'log'>): SetupOutcome {
  if (overview === undefined) return ended('no-layers', 'There is no `environments/schema.yml` beside the configuration file, or `layers` is `false`.', 0, [])
  const names = differingSettings(overview)
  for (const name of names) log.info(name)
  const among = overview.environments.map(({ environment }) => `\`${environment}\``).join(', ')
  return ended('compared', `${counted(names.length, 'setting differs', 'settings differ')} between ${among}.`, names.length, settingsDiffReport(overview))
}

function ended(reason: Reason, message: string, differences: number, parts: SetupOutcome['summary']['parts']): SetupOutcome {
  return {
    ok: reason === 'compared',
    reason,
    message,
    outputs: { differences: String(differences), changed: '0', unmanaged: '', rotated: '', missing: '' },
    summary: { title: `Environments, diff: ${reason}`, parts: [{ kind: 'text', text: `${reasons[reason]} ${message}` }, ...parts] },
  }
}
