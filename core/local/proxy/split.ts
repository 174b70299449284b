/**
 * Which requests go to the candidate. Requests are dealt in blocks of L = 100 / gcd(weight, 100), each with exactly its share
 * of candidates (1 of 20 at 5 %, 1 of 4 at 25 %), so the split is exact over any short window; the order within a block is
 * shuffled, so that a client which asks its addresses in turn does not find one of them always on the same arm.
 */
export interface Split {
  /** Whether the next request goes to the candidate. */
  next(weight: number): boolean
}

export function newSplit(random: () => number): Split {
  let block: boolean[] = []
  let dealt = 0
  return {
    next: (weight) => {
      if (weight <= 0) return false
      if (weight >= 100) return true
      if (weight !== dealt || block.length === 0) {
        block = shuffled(weight, random)
        dealt = weight
      }
      return block.pop() ?? false
    },
  }
}

function shuffled(weight: number, random: () => number): boolean[] {
  const divisor = greatestDivisor(weight, 100)
  const size = 100 / divisor
  const block = Array.from({ length: size }, (_, index) => index < weight / divisor)
  for (let last = size - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const held = block[last]!
    block[last] = block[other]!
    block[other] = held
  }
  return block
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
