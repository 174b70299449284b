import { appendFile, open, readFile, stat, truncate } from 'node:fs/promises'

const MOST_BYTES = 1024 * 1024
const KEPT_BYTES = 256 * 1024
const LINE_LENGTH = 500

/** The last lines that a process wrote. */
export async function lastLines(file: string, count: number): Promise<readonly string[]> {
  const text = await tail(file, 64 * 1024)
  return text.split('\n').map((line) => line.trimEnd().slice(0, LINE_LENGTH)).filter((line) => line !== '').slice(-count)
}

/** Keeps a growing file small. The process appends, so it goes on at the new end; lines written in between may be lost. */
export async function keepSmall(file: string): Promise<void> {
  const size = await stat(file).then((found) => found.size, () => 0)
  if (size <= MOST_BYTES) return
  const kept = await tail(file, KEPT_BYTES)
  await truncate(file, 0)
  await appendFile(file, `[older lines left out]\n${kept}`)
}

async function tail(file: string, bytes: number): Promise<string> {
  const size = await stat(file).then((found) => found.size, () => 0)
  if (size <= bytes) return readFile(file, 'utf8').catch(() => '')
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, size - bytes)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}
