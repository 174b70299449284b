import { ledgerChoices } from '../../core/domain/environment.js'
import { strategies, undecidedChoices } from '../../core/domain/rollout.js'
import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { spokenReason } from '../../core/inputs/spoken-reason.js'
import { flag, imageRef, keyValues, oneOf, secret, text, time, url, weights } from '../../core/inputs/values.js'

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
  url: url(),
  platform: text(),
  identity: text(),
  settings: keyValues(),
  strategy: oneOf(strategies),
  weights: weights(),
  'on-undecided': oneOf(undecidedChoices),
  judge: text(),
  checks: checks(),
  migrate: text(),
  revision: text(),
  receipt: text(),
  'requested-at': time(),
  force: text(),
  'break-glass': spokenReason(),
  'dry-run': required(flag()),
} satisfies Fields
