import { FileError } from '../../../errors/families.js'

/** A name that stays inside the store's folder, is not hidden and leaves room for what is appended to it. */
export function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$/.test(name) && !name.endsWith('.json')) return name
  throw new FileError('file-refused', {
    message: `"${name}" can not be the name of a backup.`,
    fix: 'Use letters, digits, dots, dashes and underscores, at most 150, beginning with a letter or digit.',
    path: name,
  })
}
