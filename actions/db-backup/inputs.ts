import { dumpFormats, proofs } from '../../core/domain/backup.js'
import { ledgerChoices } from '../../core/domain/environment.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, oneOf, secret, text, wholeNumber } from '../../core/inputs/values.js'
import { modes } from './request.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  mode: required(oneOf(modes)),
  'dry-run': required(flag()),
  version: text(),
  database: secret(),
  through: text(),
  store: text(),
  'copy-to': text(),
  'encrypt-to': text(),
  'allow-unencrypted': flag(),
  format: oneOf(dumpFormats),
  jobs: wholeNumber(1, 64),
  verify: oneOf(proofs),
  'verify-in': text(),
  checksums: flag(),
  keep: text(),
  'max-age': duration(),
  revision: text(),
  within: required(duration()),
  optional: required(flag()),
} satisfies Fields
