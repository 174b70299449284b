import { openGrounds } from '../delivery/grounds.js'
import { mend } from '../delivery/mend.js'
import { forgetLogin } from '../delivery/registry-access.js'
import { openers } from '../drivers/registry.js'
import type { Fields } from '../inputs/fields.js'
import { runPost } from './post.js'

/** The post step of every action that delivers: it closes what main left open, and says what it found. */
export function runHealingPost(action: { readonly name: string; readonly inputs: Fields }): Promise<void> {
  return runPost({
    ...action,
    run: async (state, ambient, host) => {
      await forgetLogin(state, ambient)
      const environment = await host.environment({ unneeded: ['backup', 'settings', 'judge.metrics'] })
      const grounds = await openGrounds(openers, environment, ambient)
      for (const { delivery, seen } of await mend(grounds, environment.name, state['delivery'] ?? '', ambient)) {
        ambient.log.warn(`Healed delivery ${delivery}: ${seen}.`)
      }
    },
  })
}
