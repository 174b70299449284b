import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { root } from './place.mjs'
import { listFiles } from './trees.mjs'

// By content, not by time: a checkout gives every file the time of the checkout.
const stamp = path.join(root, 'build', 'made-from.txt')
const compiled = ['actions', 'core', 'demo']
const whole = ['dist', path.join('.github', 'tools', 'bundling')]
const singles = ['package-lock.json', 'tsconfig.json', path.join('.github', 'tools', 'tsconfig.build.json')]

const filesOf = async (room) => (await listFiles(path.join(root, room))).map((file) => path.join(room, file))

const fingerprint = async () => {
  const hash = createHash('sha256')
  const code = (await Promise.all(compiled.map(filesOf))).flat().filter((file) => /\.(ts|json|css|html)$/.test(file))
  const rest = (await Promise.all(whole.map(filesOf))).flat()
  for (const file of [...code, ...rest, ...singles]) hash.update(`${file}\0`).update(await readFile(path.join(root, file)))
  return hash.digest('hex')
}

export const recordFresh = async () => {
  await mkdir(path.dirname(stamp), { recursive: true })
  await writeFile(stamp, await fingerprint())
}

export const isFresh = async () => (await readFile(stamp, 'utf8').catch(() => '')) === (await fingerprint())
