import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, imageRef, keyValues, text, time, url } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  image: required(imageRef()),
  version: required(text()),
  commit: text(),
  url: url(),
  platform: text(),
  identity: text(),
  settings: keyValues(),
  migrate: text(),
  revision: text(),
  'healthy-within': duration(),
  'requested-at': time(),
  force: text(),
  'dry-run': required(flag()),
} satisfies Fields
