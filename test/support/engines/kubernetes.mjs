// Kubernetes of one node, built from the registry of Go modules: etcd, API server, kubelet and kubectl in one program with four names.
import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { folderOf, make } from './place.mjs'
import { again, isProgram, run } from './run.mjs'

const version = '1.37.1'
// A new number when what is built below changes.
const recipe = 1
const source = fileURLToPath(new URL('kubernetes/main.go', import.meta.url))
const names = ['etcd', 'kube-apiserver', 'kubelet', 'kubectl']

/** The folder of `etcd`, `kube-apiserver`, `kubelet` and `kubectl`. */
export const kubernetesFolder = folderOf('kubernetes', `${version}-${recipe}`)

// Its go.mod names parts of it that are folders beside it, which its module has not got: they are modules of their own, of version 0.x.
const adapted = (text) => {
  const parts = version.replace(/^1/, 'v0')
  return `${text
    .replace(/^module .*/m, 'module ecluse.test/kubernetes')
    .replaceAll(/=> \.\/staging\/src\/(k8s\.io\/[a-z0-9-]+)/g, `=> $1 ${parts}`)
    .replaceAll(/(k8s\.io\/[a-z0-9-]+) v0\.0\.0(?= |$)/gm, `$1 ${parts}`)}\nrequire k8s.io/kubernetes v${version}\n`
}

const moduleFile = async (cwd) => {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], { cwd, timeout: 10 * 60_000 })
  return readFile(JSON.parse(stdout).GoMod, 'utf8')
}

// It takes minutes: a line now and then says that it goes on.
const counting = () => {
  const state = { packages: 0, said: performance.now() }
  return (text) => {
    state.packages += text.split('\n').filter((line) => /^[\w.-]+(\/\S+)*$/.test(line)).length
    if (performance.now() - state.said < 30_000) return
    state.said = performance.now()
    console.log(`kubernetes: ${state.packages} packages are compiled`)
  }
}

const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((where) => `-X ${where}.gitVersion=v${version}`)
const words = ['build', '-v', '-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags', ['-s', '-w', ...stamps].join(' ')]

const build = async (draft) => {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-kubernetes-'))
  try {
    await writeFile(path.join(work, 'go.mod'), adapted(await again(() => moduleFile(work))))
    await copyFile(source, path.join(work, 'main.go'))
    await again(() => run('go', [...words, '-o', path.join(draft, 'kubernetes'), '.'], { cwd: work, env: { CGO_ENABLED: '0' }, within: 60 * 60_000, heard: counting() }))
    for (const name of names) await symlink('kubernetes', path.join(draft, name))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** An entry of the catalogue. */
export const kubernetes = {
  version,
  means: 'etcd, API server, kubelet and kubectl',
  bring: 'npm run engines kubernetes',
  needs: 'Go 1.26 or newer on PATH (https://go.dev/dl/), access to a Go module proxy, 4 GB on the disk and 4 GB of memory while it is built, which takes ten minutes on two cores',
  find: () => (isProgram(path.join(kubernetesFolder, 'kubectl')) ? path.join(kubernetesFolder, 'kubectl') : undefined),
  install: () => make(kubernetesFolder, build),
}
