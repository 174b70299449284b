import { readFileSync, readdirSync } from 'node:fs'

/** What all processes of a group have in memory (bytes); what several of them share counts for each. Only Linux can be asked. */
export function memoryOfGroup(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === pid).map(residentOf)
  return found.length === 0 ? undefined : found.reduce((sum, bytes) => sum + bytes, 0)
}

function groupOf(pid: string): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`)
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2])
}

function residentOf(pid: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

/** It may be gone meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
