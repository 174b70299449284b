import type { ChannelOptions } from '../domain/channels.js'
import { InputError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Notifier } from '../ports/notifier.js'

// Stands in for the drivers' own registry, of the same name: that one takes its place when both are merged.
export async function openNotifier({ name }: ChannelOptions, _ambient: Ambient): Promise<Notifier> {
  throw new InputError([{ code: 'config-unserved', message: `The channel \`${name}\` needs its driver, which this version does not have.` }])
}
