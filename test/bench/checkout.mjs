// A checkout with an application, built by the bundled action and, beside it, by `docker buildx` by hand.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { interruptible, newRuns } from './actions.mjs'
import { runTimed } from './programs.mjs'
import { openDocker, SERVER } from './stack.mjs'

const FOLDERS = 50
const FILE_BYTES = 4096

/** A git repository with so many more files of 4 KB, all of which go into the image. */
export async function withCheckout(files, use) {
  const docker = await openDocker()
  const app = docker.unique('bench')
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  const args = `REGISTRY=${docker.registry}`
  const write = (name, content) => writeFile(path.join(work, name), content)
  const runs = newRuns({ cwd: work, env: docker.env })
  const checkout = {
    work, write,
    build: (version, reason) => runs.run('build-image', { version, args }, [reason]),
    byHand: (version) => runTimed('docker', ['buildx', 'build', '--push', '--provenance=false', '--build-arg', args, '--tag', `${docker.registry}/${app}-peer:${version}`, '.'], { env: docker.env, cwd: work }),
  }
  try {
    await docker.base('node')
    await write('server.mjs', SERVER)
    await write('version', 'v0')
    await write('.dockerignore', '.git\n.ecluse\n')
    await write('Dockerfile', `ARG REGISTRY\nFROM \${REGISTRY}/base/node\nWORKDIR /app\nCOPY . ./\nCMD ["node", "server.mjs"]\n`)
    await write('ecluse.yml', stringify({ app, build: { repository: `${docker.registry}/${app}`, attestations: 'none' } }))
    await addFiles(path.join(work, 'assets'), files)
    await commit(work)
    return await interruptible(runs, () => use(checkout))
  } finally {
    await removeImages(docker, app)
    await rm(work, { recursive: true, force: true })
  }
}

async function removeImages({ docker, registry }, app) {
  const ids = (await docker(['image', 'ls', '--quiet', '--no-trunc', '--filter', `reference=${registry}/${app}*`])).split('\n').filter(Boolean)
  if (ids.length > 0) await docker(['image', 'rm', '--force', ...new Set(ids)])
}

async function addFiles(folder, count) {
  for (let index = 0; index < count; index += 1) {
    const inside = path.join(folder, String(index % FOLDERS))
    if (index < FOLDERS) await mkdir(inside, { recursive: true })
    await writeFile(path.join(inside, `${index}.txt`), `${index}\n`.repeat(FILE_BYTES).slice(0, FILE_BYTES))
  }
}

async function commit(work) {
  const git = (...argv) => runTimed('git', ['-C', work, '-c', 'user.name=bench', '-c', 'user.email=bench@shop.example', ...argv], { env: { PATH: process.env.PATH }, cwd: work })
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'The application')
}
