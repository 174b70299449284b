import { BadValue, type Field } from './fields.js'

const LEAST = 10

/** Why somebody passes a gate: it is recorded and read later, so a shrug is refused. */
export function spokenReason(): Field<string> {
  return {
    parse: (raw) => {
      const said = raw.trim().replaceAll(/\s+/g, ' ')
      if (said.length < LEAST || new Set(said).size < 4) throw new BadValue({ expected: `a reason in words, of at least ${LEAST} characters: it is recorded` })
      return said
    },
  }
}
