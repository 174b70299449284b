import { BACKUP_NAME_RULE, isBackupName } from '../../../domain/receipt-file.js'
import { FileError } from '../../../errors/families.js'

export function checkedName(name: string): string {
  if (isBackupName(name)) return name
  throw new FileError('file-refused', { message: `"${name}" can not be the name of a backup.`, fix: BACKUP_NAME_RULE, path: name })
}
