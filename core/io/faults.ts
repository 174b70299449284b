import type { ErrorCode } from '../errors/catalogue.js'
import { FileError, messageOf } from '../errors/families.js'
import { errnoOf, isSystemFault } from './errno.js'

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['file-missing', 'it is not there'],
  ENOTDIR: ['file-missing', 'a part of the path is not a folder'],
  EEXIST: ['file-exists', 'something is already there'],
  ENOTEMPTY: ['file-exists', 'the folder is not empty'],
  EACCES: ['file-refused', 'permission denied'],
  EPERM: ['file-refused', 'the operation is not permitted'],
  EROFS: ['file-refused', 'the disk can only be read'],
  EISDIR: ['file-refused', 'it is a folder'],
  ENOSPC: ['disk-full', 'no room is left on the disk'],
  EDQUOT: ['disk-full', 'the disk quota is used up'],
}

/** What the system says about a file, as an error of ours. */
export function fileFault(doing: string, path: string, thrown: unknown): unknown {
  if (!isSystemFault(thrown)) return thrown
  const [code, observed] = CODES[errnoOf(thrown) ?? ''] ?? ['file-refused', messageOf(thrown)]
  return new FileError(code, { message: `Could not ${doing} \`${path}\`: ${observed}.`, path, cause: thrown })
}
