// The node: containerd and the kubelet, in namespaces of their own for processes and mounts, so that nothing of a pod outlives it.
import { chmodSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { poll, start } from '../../docker/server/children.mjs'
import { unusedPort } from '../../ports.mjs'
import { containersFolder } from '../../engines/containers.mjs'
import { kubernetesFolder } from '../../engines/kubernetes.mjs'
import { answers } from './api.mjs'
import { configuration, nodeName } from './certificates.mjs'

const READY_WITHIN = 60_000
const overlay = 0x794c7630

// Images come from the lab's registry, which is on loopback and so is spoken to without TLS.
const containerd = (folder, pause) => `version = 3
root = "${folder}/images"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]
[grpc]
  address = "${folder}/containerd.sock"
[plugins.'io.containerd.internal.v1.opt']
  path = "${folder}/opt"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "${statfsSync(folder).type === overlay ? 'native' : 'overlayfs'}"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "${pause}"
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "${folder}/containers/bin/runc"
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["${folder}/cni"]
    conf_dir = "${folder}/cni"
`

// Pods are on the machine's network, so that none has to be made; that the node is never "Ready" for others keeps them from nothing.
const kubelet = (folder, port) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  ...{ address: '127.0.0.1', port, healthzPort: 0, readOnlyPort: 0 },
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: `${folder}/ca.crt` } },
  authorization: { mode: 'Webhook' },
  ...{ tlsCertFile: `${folder}/kubelet.crt`, tlsPrivateKeyFile: `${folder}/kubelet.key` },
  containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
  ...{ cgroupDriver: 'cgroupfs', cgroupsPerQOS: false, enforceNodeAllocatable: [], failCgroupV1: false, failSwapOn: false },
  ...{ makeIPTablesUtilChains: false, protectKernelDefaults: true, localStorageCapacityIsolation: false },
  evictionHard: { 'memory.available': '10Mi' },
  ...{ imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99 },
  ...{ resolvConf: `${folder}/resolv.conf`, registerWithTaints: [], syncFrequency: '2s', registryPullQPS: 0 },
})

// A kubelet wants these of the machine's kernel. In its namespace it sees them, and the machine's own are left as they are.
const kernel = { 'vm/overcommit_memory': 1, 'vm/panic_on_oom': 0, 'kernel/panic': 10, 'kernel/panic_on_oops': 1, 'kernel/keys/root_maxkeys': 1_000_000, 'kernel/keys/root_maxbytes': 25_000_000 }

const write = (folder, name, text) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
  writeFileSync(path.join(folder, name), text)
}

// Folders of fixed names that the two would write into are empty ones of theirs.
const outer = (folder) => `set -e
mount -o bind,ro "${containersFolder}" "${folder}/containers"
mount -o bind,ro "${kubernetesFolder}" "${folder}/kubernetes"
${Object.keys(kernel).map((name) => `mount --bind "${folder}/kernel/${name}" "/proc/sys/${name}"`).join('\n')}
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs $place; done
mkdir /var/lib/kubelet
mount --bind "${folder}/kubelet" /var/lib/kubelet
exec "${folder}/containers/bin/docker-init" -- sh "${folder}/inner.sh"
`

const inner = (folder) => `export PATH="${folder}/containers/bin:$PATH"
containerd --config "${folder}/containerd.toml" >"${folder}/containerd.log" 2>&1 &
tries=0
until [ -S "${folder}/containerd.sock" ]; do
  [ $((tries += 1)) -lt 600 ] || { tail -n 5 "${folder}/containerd.log"; exit 1; }
  sleep 0.05
done
exec "${folder}/kubernetes/kubelet" --config="${folder}/kubelet.json" --kubeconfig="${folder}/kubelet.kubeconfig" --hostname-override=${nodeName}
`

const prepare = async ({ folder, pause, server }) => {
  for (const name of ['containers', 'kubernetes', 'kubelet', 'images', 'cni', 'opt']) mkdirSync(path.join(folder, name))
  for (const [name, value] of Object.entries(kernel)) write(folder, `kernel/${name}`, `${value}\n`)
  write(folder, 'resolv.conf', '')
  write(folder, 'containerd.toml', containerd(folder, pause))
  write(folder, 'kubelet.json', JSON.stringify(kubelet(folder, await unusedPort())))
  write(folder, 'kubelet.kubeconfig', configuration({ folder, server, user: 'kubelet' }))
  chmodSync(path.join(folder, 'kubelet.kubeconfig'), 0o600)
  write(folder, 'outer.sh', outer(folder))
  write(folder, 'inner.sh', inner(folder))
}

/** Starts it and waits until the API knows it. When its first process ends, by whatever death, all of it ends. */
export const startNode = async ({ folder, pause, api }) => {
  await prepare({ folder, pause, server: api.server })
  const before = ['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc']
  const child = start('sh', [`${folder}/outer.sh`], { log: `${folder}/node.log`, before, death: 'KILL' })
  const end = async () => {
    child.kill('SIGKILL')
    await poll(10_000, child.gone)
  }
  const known = await poll(READY_WITHIN, async () => child.gone() || answers({ folder, port: api.port }, `/api/v1/nodes/${nodeName}`))
  if (known && !child.gone()) return { pid: child.pid, end }
  await end()
  throw new Error(`The node did not start. It said:\n${child.last()}`)
}
