/** Pods of a cluster of the lab, and a PostgreSQL in one of them. */
import type { Cluster, DockerLab } from '../docker/lab.mjs'
import { unusedPort } from '../ports.mjs'
import { answers, clientFiles, type Contained } from '../postgres-image.js'

export const node = '127.0.0.1'

export interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly command?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
}

export interface Pod {
  readonly namespace: string
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly containers: readonly Container[]
  /** Empty: no node takes it. */
  readonly nodeName?: string
}

/** It is ended at once when it is deleted, and its containers are not started anew. */
export async function createPod({ kubectl }: Cluster, { namespace, name, labels = {}, containers, nodeName = node }: Pod): Promise<void> {
  const spec = { ...(nodeName === '' ? {} : { nodeName }), hostNetwork: true, automountServiceAccountToken: false, restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers }
  await kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, labels }, spec }) })
}

/** `kubectl wait` says why when it does not come. */
export async function isReady({ kubectl }: Cluster, { namespace, name }: Pick<Pod, 'namespace' | 'name'>): Promise<void> {
  await kubectl(['--namespace', namespace, 'wait', '--for=condition=Ready', '--timeout=60s', `pod/${name}`])
}

export interface InPod extends Contained {
  readonly namespace: string
  /** The server's, on the machine's loopback. */
  readonly port: number
}

/** A PostgreSQL in a pod's container `postgres`, with clients beside it. */
export async function startInPod(cluster: Cluster, lab: DockerLab, { namespace, name, labels = {} }: Omit<Pod, 'containers'>): Promise<InPod> {
  const image = await lab.image(`${name}:1`, { base: 'postgres', files: clientFiles() })
  const password = 'planted-pa55:/ word$(x)'
  const port = await unusedPort()
  const args = ['postgres', ...[`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=/tmp', 'fsync=off'].flatMap((setting) => ['-c', setting])]
  const postgres = { name: 'postgres', image, args, env: [{ name: 'POSTGRES_PASSWORD', value: password }] }
  const beside = { name: 'beside', image: await lab.image('beside', { cmd: ['sleep', '3600'] }) }
  await createPod(cluster, { namespace, name, labels, containers: [beside, postgres] })
  await isReady(cluster, { namespace, name })
  const words = ['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(port), '-U', 'postgres']
  // The password is in the pod already, and so in no words.
  const there = ['sh', '-c', 'PGPASSWORD=$POSTGRES_PASSWORD exec "$@"', 'psql', ...words]
  const sql = (text: string): Promise<string> => cluster.kubectl(['--namespace', namespace, 'exec', '-i', name, '-c', 'postgres', '--', ...there], { stdin: text }).then((said) => said.trim())
  await answers(() => sql('SELECT 1'))
  return { name, namespace, port, image, password, url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`, sql }
}
