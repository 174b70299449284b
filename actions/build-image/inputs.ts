import { required, type Fields } from '../../core/inputs/fields.js'
import { byteSize, keyValues, oneOf, platforms, text, wholeNumber } from '../../core/inputs/values.js'

export const inputs = {
  config: required(text()),
  app: text(),
  state: text(),
  context: text(),
  file: text(),
  target: text(),
  args: keyValues(),
  labels: keyValues(),
  version: text(),
  commit: text(),
  builder: required(oneOf(['oci-layout'])),
  destination: text(),
  platforms: platforms(),
  'max-size': byteSize(),
  scan: text(),
  'source-date': wholeNumber(0, 253_402_300_799),
} satisfies Fields
