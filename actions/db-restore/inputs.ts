import { ledgerChoices } from '../../core/domain/environment.js'
import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, oneOf, secret, text, time, url } from '../../core/inputs/values.js'
import { migrationChoices, modes, targets } from './request.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  mode: required(oneOf(modes)),
  target: required(oneOf(targets)),
  receipt: required(text()),
  before: time(),
  unverified: required(flag()),
  into: text(),
  folder: text(),
  confirm: text(),
  'safety-backup': required(flag()),
  migrations: oneOf(migrationChoices),
  database: secret(),
  store: text(),
  url: url(),
  platform: text(),
  identity: text(),
  checks: checks(),
  migrate: text(),
  revision: text(),
  'flush-cache': text(),
  within: required(duration()),
  'dry-run': required(flag()),
} satisfies Fields
