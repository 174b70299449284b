/** Actions of others that the workflows use, as far as a test without a network can have them. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** act carries the checkout out itself, and has the suite's own files. */
const KNOWN = /^(?:actions\/checkout|ecluse-cd\/ecluse)(?:\/|$)/

/** What it was given is left in the repository that it runs in, for the test to look at. */
const ACTION = `name: stand-in
inputs: { name: {}, path: {}, if-no-files-found: {}, include-hidden-files: {} }
runs:
  using: composite
  steps:
    - shell: bash
      env: { NAME: "\${{ inputs.name }}", FILES: "\${{ inputs.path }}" }
      run: |
        mkdir -p ".artifacts/$NAME"
        while IFS= read -r file; do [ -z "$file" ] || cp -r "$file" ".artifacts/$NAME/"; done <<< "$FILES"
`

/** Arguments that have each of them come from a folder. */
export async function standIns(suite: string, own: string): Promise<readonly string[]> {
  const folder = path.join(suite, '.github', 'workflows')
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(path.join(folder, file), 'utf8')))
  const used = new Set([...texts.join('\n').matchAll(/uses:\s*([\w./-]+@[0-9a-f]{40})/g)].map(([, reference = '']) => reference).filter((reference) => !KNOWN.test(reference)))
  const place = path.join(own, 'stand-in')
  await mkdir(place)
  await writeFile(path.join(place, 'action.yml'), ACTION)
  return [...used].flatMap((reference) => ['--local-repository', `${reference}=${place}`])
}
