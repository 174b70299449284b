// etcd and the API server in front of it, on free ports of loopback. No controllers and no scheduler: pods name their node.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { halt, poll, start } from '../../docker/server/children.mjs'
import { unusedPort } from '../../ports.mjs'
import { kubernetesFolder } from '../../engines/kubernetes.mjs'

const READY_WITHIN = 90_000

/** Whether the API answers this with 200, asked as the one who may do all. */
export const answers = ({ folder, port }, asked) => {
  const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFileSync(path.join(folder, name)))
  return new Promise((resolve) => {
    const request = https.get({ host: '127.0.0.1', port, path: asked, ca, cert, key, agent: false, timeout: 5000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.on('timeout', () => request.destroy())
  })
}

const etcdWords = (folder, [client, peer]) => [
  ...['--data-dir', `${folder}/etcd`, '--unsafe-no-fsync', '--log-level', 'warn'],
  ...['--listen-client-urls', client, '--advertise-client-urls', client],
  ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
]

const apiWords = ({ folder, port, etcd }) => [
  ...[`--etcd-servers=${etcd}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, '--advertise-address=192.0.2.1', '--endpoint-reconciler-type=none'],
  ...[`--tls-cert-file=${folder}/api.crt`, `--tls-private-key-file=${folder}/api.key`, `--client-ca-file=${folder}/ca.crt`],
  '--authorization-mode=Node,RBAC',
  // Without controllers no namespace gets the account that this one asks for.
  ...['--enable-admission-plugins=NodeRestriction', '--disable-admission-plugins=ServiceAccount'],
  ...['--service-cluster-ip-range=10.96.0.0/16', '--service-account-issuer=https://kubernetes.default.svc'],
  ...[`--service-account-key-file=${folder}/accounts.pub`, `--service-account-signing-key-file=${folder}/accounts.key`],
  ...['--kubelet-preferred-address-types=InternalIP', `--kubelet-certificate-authority=${folder}/ca.crt`],
  ...[`--kubelet-client-certificate=${folder}/admin.crt`, `--kubelet-client-key=${folder}/admin.key`],
]

const launch = async ({ folder, port, etcd }) => {
  const child = start(`${kubernetesFolder}/kube-apiserver`, apiWords({ folder, port, etcd }), { log: `${folder}/api.log`, death: 'KILL' })
  const ready = await poll(READY_WITHIN, async () => child.gone() || answers({ folder, port }, '/readyz'))
  if (ready && !child.gone()) return child
  await halt(child, 0)
  throw new Error(`\`kube-apiserver\` did not start. It said:\n${child.last()}`)
}

/** `stop` is by SIGKILL, since all of it is thrown away; `start` begins again on the same port and data. */
export const startApi = async (folder) => {
  const [port, ...ports] = [await unusedPort(), await unusedPort(), await unusedPort()]
  const [client, peer] = ports.map((one) => `http://127.0.0.1:${one}`)
  const etcd = start(`${kubernetesFolder}/etcd`, etcdWords(folder, [client, peer]), { log: `${folder}/etcd.log`, death: 'KILL' })
  const state = { child: undefined }
  const stop = () => halt(state.child, 0)
  const begin = async () => {
    if (state.child && !state.child.gone()) return
    state.child = await launch({ folder, port, etcd: client })
  }
  const end = async () => {
    if (state.child) await stop()
    await halt(etcd, 0)
  }
  try {
    await begin()
  } catch (error) {
    await end()
    throw new Error(etcd.gone() ? `${error.message}\n\`etcd\` had ended. It said:\n${etcd.last()}` : error.message, { cause: error })
  }
  return { port, server: `https://127.0.0.1:${port}`, start: begin, stop, end }
}
