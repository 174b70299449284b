import { ledgerChoices } from '../../core/domain/environment.js'
import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { flag, oneOf, secret, text, url } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  mode: required(oneOf(['run', 'look', 'begin'])),
  version: text(),
  url: url(),
  platform: text(),
  identity: text(),
  judge: text(),
  watch: text(),
  checks: checks(),
  optional: required(flag()),
} satisfies Fields
