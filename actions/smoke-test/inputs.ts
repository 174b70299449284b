import { ledgerChoices } from '../../core/domain/environment.js'
import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, httpHeaders, oneOf, secret, text, url, wholeNumber } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: text(),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  url: url(),
  checks: checks(),
  version: text(),
  identity: text(),
  headers: httpHeaders(),
  within: required(duration()),
  'retry-every': required(duration()),
  concurrency: required(wholeNumber(1, 32)),
  degraded: oneOf(['warn', 'fail']),
  junit: text(),
  integration: text(),
  'integration-within': required(duration()),
  soak: duration(),
} satisfies Fields
