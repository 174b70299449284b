import { required, type Fields } from '../../core/inputs/fields.js'
import { flag, oneOf, secret, text } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  mode: required(oneOf(['plan', 'apply', 'check', 'doctor', 'rotate'])),
  environment: text(),
  prune: required(flag()),
  token: secret(),
} satisfies Fields
