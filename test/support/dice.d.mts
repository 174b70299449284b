export interface Dice {
  /** 0 to 1. */
  share(): number
  whole(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  hex(length: number): string
}

export function seededDice(seed: number): Dice
/** Texts that break careless pages, tables and feeds. */
export const hostileTexts: readonly string[]
