import { required, type Fields } from '../../core/inputs/fields.js'
import { flag, names, oneOf, secret, text } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  mode: required(oneOf(['plan', 'apply', 'check', 'diff', 'doctor', 'rotate'])),
  environment: text(),
  prune: required(flag()),
  secret: names(),
  actions: names(),
  token: secret(),
} satisfies Fields
