import type { PastRelease } from '../platform.js'
import type { Release } from '../release.js'
import { number, object, record, text } from './decode.js'

export const decodeRelease = object<Release>({
  app: text,
  version: text,
  commit: text,
  images: record(text),
  serving: text,
  settings: record(text),
  settingsHash: text,
})

export const decodePast = object<PastRelease>({ id: text, release: decodeRelease, servedAt: number })
