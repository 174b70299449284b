import { ledgerChoices } from '../../core/domain/environment.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, oneOf, secret, text, wholeNumber } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environments: text(),
  production: text(),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  out: required(text()),
  records: text(),
  deliveries: required(wholeNumber(1, 100_000)),
  details: required(wholeNumber(0, 10_000)),
  notes: required(wholeNumber(0, 200)),
  span: required(duration()),
  'allow-gaps': required(flag()),
} satisfies Fields
