import { z } from 'zod'
import { parseDuration } from '../domain/duration.js'

/** Scalars that several keys share. Each says what it expects; errors and the JSON Schema are made of that. */

export const text = (meaning: string, ...examples: string[]): z.ZodString => z.string().min(1, { error: 'a text that is not empty' }).meta({ description: meaning, ...(examples.length === 0 ? {} : { examples }) })

export const duration = (meaning: string, usual?: string): z.ZodString =>
  z.string()
    .regex(/^(\d+(\.\d+)?(ms|s|m|h|d))+$/, { error: 'a duration, such as `500ms`, `90s`, `15m` or `1h30m`' })
    .meta({ description: meaning, examples: ['500ms', '15m'], ...(usual === undefined ? {} : { default: usual }) })

export const whole = (meaning: string, least: number, most: number, usual?: number): z.ZodNumber =>
  z.int({ error: `a whole number from ${least} to ${most}` })
    .min(least, { error: `a whole number from ${least} to ${most}` })
    .max(most, { error: `a whole number from ${least} to ${most}` })
    .meta({ description: meaning, ...(usual === undefined ? {} : { default: usual }) })

export const choice = <const T extends readonly [string, ...string[]]>(meaning: string, choices: T, usual?: T[number]): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(choices, { error: choices.map((word) => `\`${word}\``).join(', ').replace(/, ([^,]*)$/, ' or $1') })
    .meta({ description: meaning, ...(usual === undefined ? {} : { default: usual }) }) as z.ZodEnum<{ [K in T[number]]: K }>

export const yesNo = (meaning: string, usual: boolean): z.ZodBoolean => z.boolean({ error: '`true` or `false`' }).meta({ description: meaning, default: usual })


export const excess = (meaning: string, usual: string): z.ZodString =>
  z.string()
    .regex(/^\+\d+(\.\d+)?(%( \+\d+(\.\d+)?pp)?|pp)$/, { error: 'an excess over the stable rate, such as `+10%`, `+0.5pp` or `+25% +0.5pp`' })
    .meta({ description: meaning, default: usual, examples: ['+10%', '+0.5pp', '+25% +0.5pp'] })

export const share = (meaning: string, usual?: string): z.ZodString =>
  z.string().regex(/^(\d{1,2}(\.\d+)?|100)%$/, { error: 'a share, such as `1%` or `0.5%`' }).meta({ description: meaning, ...(usual === undefined ? {} : { default: usual }) })

/** What a later version serves: accepted in shape, refused by name when its environment is loaded. */
export const later = (what: string, needs: string): z.ZodType<unknown> => z.unknown().meta({ description: `${what} Not in this version: refused, because it needs ${needs}.`, needs })

export const milliseconds = (duration: string): number => parseDuration(duration) ?? 0
