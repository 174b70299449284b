import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { transform } from 'esbuild'
import { root } from './place.mjs'
import { capture } from './run.mjs'

const parallel = 2
const isFile = (file) => stat(file).then((found) => found.isFile(), () => false)

// Every action and post step, by the folder under dist/ that it runs from, with the compiled file it is made from.
const findSteps = async () => {
  const actions = path.join(root, 'build', 'actions')
  const names = (await readdir(actions).catch(() => [])).toSorted()
  const candidates = names.flatMap((name) => [
    { name, file: `./actions/${name}/main.js` },
    { name: `${name}/post`, file: `./actions/${name}/post.js` },
  ])
  const present = await Promise.all(candidates.map(({ file }) => isFile(path.join(root, 'build', file))))
  return candidates.filter((_, index) => present[index])
}

/**
 * The actions share one bundle, which loads what a step needs: twenty bundles of their own would hold the same code twenty
 * times, and take minutes to make. The local platform's server is a program of its own.
 */
export const findBundles = async () => {
  const steps = await findSteps()
  const suite = path.join(root, 'build', 'suite.js')
  const parts = steps.map(({ name, file }) => `  '${name}': () => import('${file}'),\n`).join('')
  await writeFile(suite, `const steps = {\n${parts}}\n\nexport const run = (name) => steps[name]()\n`)
  const local = path.join(root, 'build', 'core', 'local', 'main.js')
  return {
    steps,
    bundles: [...(steps.length === 0 ? [] : [{ name: 'suite', entry: suite }]), ...((await isFile(local)) ? [{ name: 'local', entry: local }] : [])],
  }
}

// What `action.yml` and a terminal start: the folder's name says which step it is.
const writeStub = async (name, into) => {
  const folder = path.join(into, ...name.split('/'))
  await mkdir(folder, { recursive: true })
  const up = '../'.repeat(name.split('/').length)
  await writeFile(path.join(folder, 'index.js'), `import { run } from '${up}suite/index.js'\n\nawait run('${name}')\n`)
}

const sizeOf = async (folder) => {
  const entries = await readdir(folder, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
  const sizes = await Promise.all(files.map(({ name }) => stat(path.join(folder, name))))
  const total = sizes.reduce((sum, { size }) => sum + size, 0)
  const entry = (await stat(path.join(folder, 'index.js'))).size
  return { 'entry kB': Math.round(entry / 1000), 'all kB': Math.round(total / 1000), files: files.length }
}

// Comments and spaces of a megabyte of libraries take Node milliseconds to skip at every start. Names stay, for stacks.
const shrink = async (folder) => {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.js'))) {
    const file = path.join(folder, name)
    const { code } = await transform(await readFile(file, 'utf8'), { format: 'esm', minifyWhitespace: true, minifySyntax: true, legalComments: 'none', target: 'node20' })
    await writeFile(file, code)
  }
}

// A process each: one ncc is busy on one core, and its caches of one bundle must not reach another.
const bundle = async ({ name, entry }, into) => {
  const started = performance.now()
  const out = path.join(into, name)
  await mkdir(out, { recursive: true })
  const ncc = path.join(root, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js')
  const { code, output } = await capture(process.execPath, [ncc, 'build', entry, '-C', '-q', '-o', out, '--license', 'licenses.txt'])
  if (code !== 0) throw new Error(`Bundling \`dist/${name}\` failed.\n${output.trim()}`)
  await shrink(out)
  return { name, ...(await sizeOf(out)), seconds: Number(((performance.now() - started) / 1000).toFixed(1)) }
}

export const bundleAll = async ({ steps, bundles }, into) => {
  const waiting = [...bundles]
  const made = []
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) made.push(await bundle(next, into))
  }
  await Promise.all(Array.from({ length: parallel }, work))
  for (const { name } of steps) await writeStub(name, into)
  return made.toSorted((a, b) => a.name.localeCompare(b.name))
}
