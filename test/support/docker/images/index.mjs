// Images for tests, put together without an engine: a base image and one layer on it. The same description is the same digest.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { versionsOfContainers } from '../../engines/containers.mjs'
import { cacheRoot, make } from '../../engines/place.mjs'
import { layerOf } from './layer.mjs'
import { mountBlob, putBlob, putImage } from './push.mjs'
import { roots } from './roots.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const created = '2023-11-14T22:13:20Z'
const architecture = { x64: 'amd64' }[process.arch] ?? process.arch

// Made again when what it is made of, or how, has changed.
const keyOf = async (name) => {
  const key = createHash('sha256').update(JSON.stringify([name, process.version, process.arch, await versionsOfContainers()]))
  for (const file of ['layer.mjs', 'roots.mjs', 'sources.mjs']) key.update(readFileSync(path.join(here, file)))
  return key.digest('hex').slice(0, 12)
}

const describe = ({ config, layers, history }) => ({ created, architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }, history })

const recorded = (by) => ({ created, created_by: by })

const fill = (name) => async (draft) => {
  const { entries, config } = await roots[name]()
  const { blob, ...layer } = await layerOf(entries, 1)
  await writeFile(path.join(draft, 'layer.tar.gz'), blob)
  await writeFile(path.join(draft, 'image.json'), JSON.stringify({ config, layers: [layer], history: [recorded(`base ${name}`)] }))
}

const WEEK = 7 * 86_400_000

// Those made of what this machine had before.
const removeOld = async (name, current) => {
  const others = (await readdir(cacheRoot())).filter((entry) => entry.startsWith(`lab-image-${name}-`)).map((entry) => path.join(cacheRoot(), entry))
  for (const other of others.filter((one) => one !== current)) {
    if (Date.now() - (await stat(other)).mtimeMs > WEEK) await rm(other, { recursive: true, force: true })
  }
}

const madeOnce = async (name) => {
  const folder = path.join(cacheRoot(), `lab-image-${name}-${await keyOf(name)}`)
  if (existsSync(folder)) return folder
  await make(folder, fill(name))
  await removeOld(name, folder)
  return folder
}

/** So that no test has to wait for it. What cannot be made says so to the test that asks for it. */
export const prepareImages = async () => {
  for (const name of Object.keys(roots)) await madeOnce(name).catch(() => undefined)
}

const pushBase = async (registry, name) => {
  if (!(name in roots)) throw new Error(`There is no base image "${name}". Choose one of ${Object.keys(roots).join(', ')}.`)
  const folder = await madeOnce(name)
  const image = JSON.parse(await readFile(path.join(folder, 'image.json'), 'utf8'))
  const repository = `base/${name}`
  await putBlob(registry, repository, await readFile(path.join(folder, 'layer.tar.gz')), image.layers[0].digest)
  const digest = await putImage(registry, { repository, tags: ['latest'], config: describe(image), layers: image.layers })
  return { ...image, repository, reference: `${registry}/${repository}@${digest}` }
}

const nanoseconds = (milliseconds) => milliseconds * 1_000_000

const healthcheckOf = ({ test, interval = 500, timeout = 2000, retries = 3, startPeriod = 5000, startInterval = 200 }) => ({
  Test: typeof test === 'string' ? ['CMD-SHELL', test] : ['CMD', ...test],
  ...{ Interval: nanoseconds(interval), Timeout: nanoseconds(timeout), Retries: retries, StartPeriod: nanoseconds(startPeriod), StartInterval: nanoseconds(startInterval) },
})

const settle = (config, { cmd, entrypoint, env = {}, labels, user, workdir, expose = [], stopSignal, healthcheck }) => {
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return {
    ...config,
    Env: [...config.Env.filter((entry) => !(entry.split('=')[0] in env)), ...given],
    ...(entrypoint ? { Entrypoint: entrypoint, Cmd: cmd } : {}),
    ...(cmd ? { Cmd: cmd } : {}),
    ...(labels ? { Labels: labels } : {}),
    ...(user ? { User: user } : {}),
    ...(workdir ? { WorkingDir: workdir } : {}),
    ...(expose.length > 0 ? { ExposedPorts: Object.fromEntries(expose.map((port) => [`${port}/tcp`, {}])) } : {}),
    ...(stopSignal ? { StopSignal: stopSignal } : {}),
    ...(healthcheck ? { Healthcheck: healthcheckOf(healthcheck) } : {}),
  }
}

const entryOf = ([place, given]) => ({ path: place, ...(typeof given === 'string' || Buffer.isBuffer(given) ? { content: given } : given) })

const parse = (name) => {
  const [, repository, tag = 'latest'] = /^([a-z0-9][a-z0-9._/-]*?)(?::([\w.-]+))?$/.exec(name) ?? []
  if (!repository) throw new Error(`"${name}" is no name of an image. Write it like shop or acme/shop:1.`)
  return { repository, tag }
}

/** Makers of images in this registry. */
export const imagesOf = (registry) => {
  const bases = new Map()
  const baseOf = (name) => {
    if (!bases.has(name)) bases.set(name, pushBase(registry, name))
    return bases.get(name)
  }
  const base = async (name) => (await baseOf(name)).reference
  const image = async (name, { base: from = 'static', files = {}, ...settings } = {}) => {
    const { repository, tag } = parse(name)
    const below = await baseOf(from)
    const layer = await layerOf(Object.entries(files).map(entryOf))
    for (const { digest } of below.layers) await mountBlob(registry, repository, digest, below.repository)
    await putBlob(registry, repository, layer.blob, layer.digest)
    const layers = [...below.layers, layer]
    const config = describe({ config: settle(below.config, settings), layers, history: [...below.history, recorded('files of a test')] })
    const digest = await putImage(registry, { repository, tags: [tag], config, layers })
    return `${registry}/${repository}@${digest}`
  }
  return { base, image }
}
