import { BadValue, required, type Field, type Fields } from '../../core/inputs/fields.js'
import { duration, flag, oneOf, secret, text, wholeNumber } from '../../core/inputs/values.js'

/** In full: an abbreviation may mean another commit tomorrow. */
function commitId(): Field<string> {
  return {
    parse: (raw) => {
      if (!/^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/.test(raw)) throw new BadValue({ expected: 'a commit in full, 40 hexadecimal digits' })
      return raw.toLowerCase()
    },
  }
}

function statusName(): Field<string> {
  return {
    parse: (raw) => {
      if (!/^[\w][\w ./:-]{0,99}$/.test(raw)) throw new BadValue({ expected: 'at most 100 letters, digits, spaces and any of `./:_-`' })
      return raw
    },
  }
}

export const inputs = {
  mode: required(oneOf(['run', 'require'])),
  config: required(text()),
  commands: text(),
  prepare: text(),
  junit: text(),
  coverage: text(),
  sarif: text(),
  advisories: text(),
  thresholds: text(),
  parallel: wholeNumber(1, 64),
  within: required(duration()),
  commit: commitId(),
  record: required(flag()),
  'record-as': required(statusName()),
  'appear-within': required(duration()),
  'max-age': duration(),
  token: secret(),
} satisfies Fields
