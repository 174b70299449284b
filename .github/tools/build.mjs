// `npm run build`: actions/ and core/ → build/ (tsc) → dist/ (ncc). `-- --check` compares instead of writing.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { bundleAll, findBundles } from './bundling/bundles.mjs'
import { compile } from './bundling/compile.mjs'
import { recordFresh } from './bundling/freshness.mjs'
import { bundlePage } from './bundling/page.mjs'
import { root } from './bundling/place.mjs'
import { compareTrees, removeEmptyFolders } from './bundling/trees.mjs'

const dist = path.join(root, 'dist')

// Only what differs is written, so that tests which run from dist/ meanwhile never see a half-made bundle disappear.
const write = async (made, differences) => {
  for (const { file, what } of differences) {
    if (what === 'stale') await rm(path.join(dist, file))
    else await cp(path.join(made, file), path.join(dist, file))
  }
  await removeEmptyFolders(dist)
}

const report = (sizes) => {
  if (sizes.length === 0) console.log('No bundle to make yet: there is no actions/*/main.ts and no core/local/main.ts.')
  else console.table(Object.fromEntries(sizes.map(({ name, ...rest }) => [name, rest])))
}

const build = async (check) => {
  await mkdir(path.join(root, 'build'), { recursive: true })
  await compile()
  const made = await mkdtemp(path.join(root, 'build', '.dist-'))
  try {
    report([...(await bundleAll(await findBundles(), made)), await bundlePage(made)])
    const differences = await compareTrees(made, dist)
    for (const { file, what } of differences) console.log(`dist/${file}: ${what}`)
    if (check && differences.length > 0) {
      console.error(`dist/ is not what the sources build (${differences.length} files). Run \`npm run build\` and commit dist/.`)
      return 1
    }
    await write(made, differences)
    await recordFresh()
    console.log(check ? 'dist/ is what the sources build.' : `dist/: ${differences.length} files changed.`)
    return 0
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await build(process.argv.includes('--check'))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
