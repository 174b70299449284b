import { openGrounds } from '../delivery/grounds.js'
import { mend } from '../delivery/mend.js'
import { forgetLogin } from '../delivery/registry-access.js'
import { tellingOf } from '../drivers/registry-telling.js'
import { openers } from '../drivers/registry.js'
import type { Fields } from '../inputs/fields.js'
import { runPost } from './post.js'

/** Channels that do not answer hold the end of a job up for no longer. */
const TELL_WITHIN_MS = 5000

/** The post step of every action that delivers: it closes what main left open, and says what it found. */
export function runHealingPost(action: { readonly name: string; readonly inputs: Fields }): Promise<void> {
  return runPost({
    ...action,
    run: async (state, ambient, host) => {
      await forgetLogin(state, ambient)
      const environment = await host.environment({ unneeded: ['backup', 'settings', 'judge.metrics', 'triggers.user-complaints'] })
      const telling = tellingOf(environment, (text) => host.masked(text), ambient)
      const grounds = await openGrounds({ ...openers, telling }, environment, ambient)
      for (const { delivery, seen } of await mend(grounds, environment.name, state['delivery'] ?? '', ambient)) {
        ambient.log.warn(`Healed delivery ${delivery}: ${seen}.`)
      }
      await telling.flush(TELL_WITHIN_MS)
    },
  })
}
