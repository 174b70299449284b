import { ledgerChoices } from '../../core/domain/environment.js'
import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { spokenReason } from '../../core/inputs/spoken-reason.js'
import { flag, oneOf, secret, text, url } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  to: text(),
  url: url(),
  platform: text(),
  identity: text(),
  checks: checks(),
  because: text(),
  'migrate-down': text(),
  'flush-cache': text(),
  database: secret(),
  store: text(),
  'restore-receipt': text(),
  'confirm-restore-receipt': text(),
  force: text(),
  'break-glass': spokenReason(),
  gate: text(),
  'dry-run': required(flag()),
} satisfies Fields
