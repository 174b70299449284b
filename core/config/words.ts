import { z } from 'zod'
import { parseDuration } from '../domain/duration.js'

/** Scalars that several keys share. Each says what it expects; errors and the JSON Schema are made of that. */

const usually = (usual: unknown): { readonly default?: unknown } => (usual === undefined ? {} : { default: usual })
const such = (examples: readonly unknown[]): { readonly examples?: readonly unknown[] } => (examples.length === 0 ? {} : { examples })

export const text = (meaning: string, ...examples: string[]): z.ZodString => {
  const error = 'a text that is not empty'
  return z.string({ error }).min(1, { error }).meta({ description: meaning, ...such(examples) })
}

/** A text of one form; whatever else is found there, that form is what was expected. */
export const formed = (form: RegExp, error: string, meta: Readonly<Record<string, unknown>>): z.ZodString => z.string({ error }).regex(form, { error }).meta(meta)

const SPANS = '(\\d+(\\.\\d+)?(ms|s|m|h|d))+'

export const duration = (meaning: string, usual?: string): z.ZodString =>
  formed(new RegExp(`^(?=.*[1-9])${SPANS}$`), 'a duration above zero, such as `500ms`, `90s`, `15m` or `1h30m`', { description: meaning, examples: ['500ms', '15m'], ...usually(usual) })

export const durationOrNone = (meaning: string, usual?: string): z.ZodString =>
  formed(new RegExp(`^${SPANS}$`), 'a duration, such as `0s`, `90s` or `15m`', { description: meaning, examples: ['0s', '60s'], ...usually(usual) })

export const whole = (meaning: string, least: number, most: number, usual?: number): z.ZodNumber =>
  z.int({ error: `a whole number from ${least} to ${most}` })
    .min(least, { error: `a whole number from ${least} to ${most}` })
    .max(most, { error: `a whole number from ${least} to ${most}` })
    .meta({ description: meaning, ...(usual === undefined ? { examples: [least] } : { default: usual }) })

export const choice = <const T extends readonly [string, ...string[]]>(meaning: string, choices: T, usual?: T[number]): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(choices, { error: choices.map((word) => `\`${word}\``).join(', ').replace(/, ([^,]*)$/, ' or $1') })
    .meta({ description: meaning, ...usually(usual) })

export const yesNo = (meaning: string, usual: boolean): z.ZodBoolean => z.boolean({ error: '`true` or `false`' }).meta({ description: meaning, default: usual })

export const excess = (meaning: string, usual: string): z.ZodString =>
  formed(/^\+\d+(\.\d+)?(%( \+\d+(\.\d+)?pp)?|pp)$/, 'an excess over the stable rate, such as `+10%`, `+0.5pp` or `+25% +0.5pp`', { description: meaning, default: usual, examples: ['+10%', '+0.5pp', '+25% +0.5pp'] })

export const share = (meaning: string, usual?: string): z.ZodString =>
  formed(/^(\d{1,2}(\.\d+)?|100)%$/, 'a share, such as `1%` or `0.5%`', { description: meaning, examples: ['1%', '0.5%'], ...usually(usual) })

/** What a later version serves: accepted in shape, refused by name when its environment is loaded. */
export const later = (what: string, needs: string, ...examples: unknown[]): z.ZodType =>
  z.unknown().meta({ description: `${what} Not in this version: refused, because it needs ${needs}.`, needs, ...such(examples) })

export const milliseconds = (written: string): number => parseDuration(written) ?? 0
