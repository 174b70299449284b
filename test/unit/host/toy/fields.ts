import { InputError } from '../../../../core/errors/families.js'

const invalid = (message: string): InputError => new InputError([{ code: 'input-invalid', message, fix: 'Correct it.' }])

export const inputs = {
  word: { required: true, parse: (raw: string) => raw },
  count: {
    parse: (raw: string) => {
      if (!/^\d+$/.test(raw)) throw invalid(`Input \`count\` is "${raw}".`)
      return Number(raw)
    },
  },
  database: { secret: true, parse: (raw: string) => raw },
  do: { parse: (raw: string) => raw },
  'dry-run': { parse: (raw: string) => raw === 'true' },
} as const
