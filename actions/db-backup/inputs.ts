import { ledgerChoices } from '../../core/domain/environment.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, oneOf, secret, text } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  version: text(),
  database: secret(),
  store: text(),
  revision: text(),
  within: required(duration()),
  optional: required(flag()),
} satisfies Fields
