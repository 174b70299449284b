import { catalogue } from '../errors/catalogue.js'
import { EcluseError, InputError } from '../errors/families.js'
import type { Complaint } from './faces/face.js'

/** What is said about anything thrown. What is no error of ours is a bug, and shows where it comes from. */
export function complaintsOf(thrown: unknown): readonly Complaint[] {
  if (thrown instanceof InputError) {
    return thrown.problems.map(({ message, fix, code }) => ({ message, code, fix: fix ?? catalogue[code].remedy }))
  }
  if (thrown instanceof EcluseError) return [{ message: thrown.message, fix: thrown.fix, code: thrown.code }]
  const shown = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return [{ message: `This is a bug in Ecluse, not in what you did: ${shown}`, fix: 'Report it with these lines.' }]
}
