import { z } from 'zod'

/** Scalars that the schemas of what we write share. */
export const said = (meaning: string): z.ZodString => z.string().meta({ description: meaning })
export const moment = (meaning: string): z.ZodNumber => z.number().meta({ description: `${meaning} Epoch milliseconds.` })
/** `null`: not known. */
export const maybe = (meaning: string): z.ZodNullable<z.ZodNumber> => z.number().nullable().meta({ description: `${meaning} null: not known.` })
