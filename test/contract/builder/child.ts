/** A build in a process of its own, which stops for ever before its n-th change of the disk: for tests that kill it there. */
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import type { Files } from '../../../core/ports/files.js'
import { surroundings } from './context.js'

const CHANGES = ['create', 'write', 'rename', 'makeFolder', 'remove'] as const satisfies readonly (keyof Files)[]

const [work = '', requestText = '', stopText = ''] = process.argv.slice(2)
const request: BuildRequest = JSON.parse(requestText)
const { ambient } = await surroundings(work)
let left = Number(stopText)

async function pause(): Promise<void> {
  left -= 1
  if (left >= 0) return
  process.stdout.write('stopped\n')
  await new Promise(() => setInterval(() => undefined, 1000))
}

function pausing(files: Files): Files {
  const changes = CHANGES.map((name) => [name, async (...given: readonly unknown[]) => {
    await pause()
    return Reflect.apply(files[name], files, given)
  }] as const)
  return { ...files, ...Object.fromEntries(changes) }
}

const built = await ociLayoutBuilder({ ...ambient, files: pausing(ambient.files) }).build(request)
process.stdout.write(`${JSON.stringify(built)}\n`)
