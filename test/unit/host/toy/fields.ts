import { BadValue } from '../../../../core/inputs/fields.js'

export const inputs = {
  word: { required: true, parse: (raw: string) => raw },
  count: {
    parse: (raw: string) => {
      if (!/^\d+$/.test(raw)) throw new BadValue({ expected: 'a whole number' })
      return Number(raw)
    },
  },
  database: { secret: true, parse: (raw: string) => raw },
  do: { parse: (raw: string) => raw },
  'dry-run': { parse: (raw: string) => raw === 'true' },
} as const
