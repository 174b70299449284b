import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, secret, text } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  version: text(),
  database: secret(),
  store: text(),
  revision: text(),
  within: required(duration()),
  optional: required(flag()),
} satisfies Fields
