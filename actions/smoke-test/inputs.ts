import { checks } from '../../core/inputs/checks.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { duration, httpHeaders, oneOf, text, url, wholeNumber } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: text(),
  app: text(),
  state: text(),
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
