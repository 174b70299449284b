import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'

/** Where a program is found on PATH. */
export async function which(program: string, searched: string): Promise<string | undefined> {
  if (program.includes(path.sep)) return (await runs(program)) ? path.resolve(program) : undefined
  for (const folder of searched.split(path.delimiter).filter((entry) => entry !== '')) {
    const candidate = path.join(folder, program)
    if (await runs(candidate)) return candidate
  }
  return undefined
}

async function runs(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
