import { ledgerChoices } from '../../core/domain/environment.js'
import { noticeStates, severities } from '../../core/domain/notice.js'
import { required, type Fields } from '../../core/inputs/fields.js'
import { keyValues, oneOf, secret, text, url } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  environment: required(text()),
  app: text(),
  state: text(),
  ledger: oneOf(ledgerChoices),
  token: secret(),
  title: required(text()),
  text: text(),
  facts: keyValues(),
  severity: oneOf(severities),
  status: required(oneOf(noticeStates)),
  key: text(),
  link: url(),
} satisfies Fields
