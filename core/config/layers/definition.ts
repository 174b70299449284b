import { z } from 'zod'
import { fits, settingTypes, type SettingType } from '../../domain/settings/setting.js'
import { choice, formed, text, yesNo } from '../words.js'

const bound = z.number({ error: 'a number' })

/** What may be said of one key in the schema of the layers. */
export const definitionSchema = z.strictObject({
  type: choice('What its values are.', settingTypes),
  description: text('What it does, for people.').optional(),
  required: yesNo('Whether every environment must have a value. Without a default: yes.', true).optional(),
  default: z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, `true` or `false`' }).optional(),
  secret: yesNo('Whether its value is secret.', false).optional(),
  values: z.array(z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }), { error: 'a list of texts, such as `[debug, info]`' }).min(1, { error: 'a list that is not empty' }).optional(),
  min: bound.optional(),
  max: bound.optional(),
  env: formed(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and `_`', {}).optional(),
})

export type Definition = z.infer<typeof definitionSchema>

/** What contradicts itself in a definition whose parts are right: key → what to write there instead. */
export function contradictions(definition: Definition): readonly (readonly [key: keyof Definition, why: string, fix: string])[] {
  const { type, required, secret, values, min, max } = definition
  return [
    ...(type === 'enum' && values === undefined ? [['type', 'is `enum`, and there are no `values`', 'Add `values`, such as `values: [debug, info]`.'] as const] : []),
    ...(type !== 'enum' && values !== undefined ? [['values', `belongs to the type \`enum\`, and the type is \`${type}\``, 'Write `type: enum`, or take `values` out.'] as const] : []),
    ...(values !== undefined && new Set(values).size < values.length ? [['values', 'names a value twice', 'Name each once.'] as const] : []),
    ...boundFaults(type, { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }),
    ...(definition.default === undefined ? [] : defaultFaults(definition, definition.default)),
    ...(definition.default !== undefined && required === true ? [['required', 'is `true`, and there is a default', 'Take one of them out: with a default, no environment has to say it.'] as const] : []),
    ...(definition.default !== undefined && secret === true ? [['default', 'is the default of a secret', 'Take it out (and change it: it is known now), and let each environment write `${env:NAME}`.'] as const] : []),
  ]
}

function boundFaults(type: SettingType, { min, max }: { readonly min?: number; readonly max?: number }): readonly (readonly [keyof Definition, string, string])[] {
  const misplaced = ([['min', min], ['max', max]] as const).filter(([, value]) => value !== undefined && type !== 'number')
  return [
    ...misplaced.map(([key]) => [key, `belongs to the type \`number\`, and the type is \`${type}\``, `Write \`type: number\`, or take \`${key}\` out.`] as const),
    ...(min !== undefined && max !== undefined && min > max ? [['min', `is above \`max\``, 'Set it below `max`.'] as const] : []),
  ]
}

function defaultFaults({ type, values, min, max, secret }: Definition, value: string | number | boolean): readonly (readonly [keyof Definition, string, string])[] {
  const shape = { type, ...(values === undefined ? {} : { values }), ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
  if (secret === true || fits(shape, value)) return []
  return [['default', `is not of the type \`${type}\``, 'Write a default that an environment could write too.']]
}
