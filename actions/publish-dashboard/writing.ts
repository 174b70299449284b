import type { Ambient } from '../../core/ports/ambient.js'

/** What is not whole yet; hidden, so that nobody takes it for the page. */
const STAGE = '.publishing'

/**
 * Writes the files beside their places first and moves them then, the page last: whoever looks finds the old page or all
 * of the new one. Other files of the folder are left alone.
 */
export async function publish(out: string, contents: Readonly<Record<string, string>>, { files, paths }: Pick<Ambient, 'files' | 'paths'>): Promise<string> {
  const folder = out.startsWith('/') ? out : `${paths.work}/${out}`
  const stage = `${folder}/${STAGE}`
  const names = Object.keys(contents).toSorted((a, b) => Number(a === 'index.html') - Number(b === 'index.html'))
  // A run that was killed may have left its own.
  await files.remove(stage)
  try {
    for (const name of names) await files.write(`${stage}/${name}`, contents[name] ?? '')
    for (const name of names) await files.rename(`${stage}/${name}`, `${folder}/${name}`)
  } finally {
    await files.remove(stage)
  }
  return folder
}
