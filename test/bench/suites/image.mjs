// Images from a checkout to the registry: the bundled action against `docker buildx build --push` by hand.
import { randomBytes } from 'node:crypto'
import { withCheckout } from '../checkout.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'
import { pipeTimed } from '../programs.mjs'
import { loadSources } from '../typescript.mjs'

const suite = 'image'
const RUNS = 7
const MANY = 5000
/** A new image costs what it costs by hand, and asking the registry what it really has. */
const cases = [
  { what: 'a small application', files: 0, goal: { ours: 3 } },
  { what: `${MANY} files`, files: MANY, goal: { ratio: 3 } },
]
const byHand = 'peer: `docker buildx build --push`'

export async function* measure({ runs = RUNS }) {
  const memory = []
  for (const { what, files, goal } of cases) {
    yield* await withCheckout(files, async (checkout) => {
      const { first, again } = await builds(checkout, runs)
      memory.push(...first, ...again)
      const lines = [
        line(`unchanged input again, ${what} (s, ${byHand}, all cached)`, again, { ours: 2 }),
        line(`new input, ${what} (s, ${byHand})`, first, goal),
      ]
      return files === 0 ? lines : [...lines, await contentKey(checkout, runs)]
    })
  }
  const most = (side) => Math.max(...memory.map((pair) => pair[side].mb))
  yield lineOf({ suite, metric: `memory of the action, at most (MB, ${byHand})`, ours: most('ours'), peer: most('peer'), goal: { ours: 150 } })
}

const line = (metric, pairs, goal) => {
  const seconds = pairs.map(({ ours, peer }) => ({ ours: ours.ms / 1000, peer: peer.ms / 1000 }))
  return lineOf({ suite, metric, ours: median(seconds.map(({ ours }) => ours)), peer: median(seconds.map(({ peer }) => peer)), ratio: medianRatio(seconds), goal })
}

/** Each side gets content of its own, which nobody has built before; then the same once more. */
async function builds(checkout, runs) {
  const [first, again] = [[], []]
  // What both pull and start once is no part of it.
  await buildBoth(checkout, newContents(), 'built')
  for (let index = 0; index < runs; index += 1) {
    const contents = newContents()
    first.push(await buildBoth(checkout, contents, 'built'))
    again.push(await buildBoth(checkout, contents, 'reused'))
  }
  return { first, again }
}

const newContents = () => ({ ours: randomBytes(8).toString('hex'), peer: randomBytes(8).toString('hex') })

async function buildBoth({ write, build, byHand: push }, contents, reason) {
  await write('version', contents.peer)
  const peer = await push(contents.peer)
  await write('version', contents.ours)
  return { ours: await build(contents.ours, reason), peer }
}

/** What tells whether there is such an image already: every file is read. */
async function contentKey({ work }, runs) {
  const { key } = await loadSources(`
    import { sourcesIn } from './core/drivers/builders/buildx/context.ts'
    import { realAmbient } from './test/support/surroundings.ts'
    export const key = async (work) => {
      const ambient = realAmbient({ work, dist: '' })
      return ambient.files.sha256(JSON.stringify(await sourcesIn(work, ambient)))
    }`)
  const pairs = []
  for (let index = 0; index < runs; index += 1) {
    const peer = await pipeTimed(['tar', '--create', '--file=-', '--directory', work, '.'], ['sha256sum'])
    const began = performance.now()
    await key(work)
    pairs.push({ ours: performance.now() - began, peer })
  }
  return lineOf({ suite, metric: `the content key of ${MANY} files (ms, peer: tar | sha256sum)`, ours: median(pairs.map(({ ours }) => ours)), peer: median(pairs.map(({ peer }) => peer)), ratio: medianRatio(pairs), goal: { ours: 500 } })
}
