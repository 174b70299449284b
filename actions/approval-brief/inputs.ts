import { ledgerChoices } from '../../core/domain/environment.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { spokenReason } from '../../core/inputs/spoken-reason.js'
import { flag, imageRef, keyValues, oneOf, secret, text, time, url } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  image: required(imageRef()),
  version: required(text()),
  commit: text(),
  staging: text(),
  url: url(),
  platform: text(),
  identity: text(),
  settings: keyValues(),
  'requested-at': time(),
  force: text(),
  'break-glass': spokenReason(),
  strict: required(flag()),
} satisfies Fields
