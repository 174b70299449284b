import { ledgerChoices } from '../../core/domain/environment.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { flag, oneOf, secret, text } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: text(),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  'dry-run': required(flag()),
} satisfies Fields
