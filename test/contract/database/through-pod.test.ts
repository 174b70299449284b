import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Through } from '../../../core/domain/backup.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { dockerLab, type Cluster, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { startRelay } from '../../support/kubernetes/relay.js'
import { answers } from '../../support/postgres-image.js'
import { createPod, isReady, startInPod, type InPod } from '../../support/kubernetes/pods.js'
import { bystander, FILL, leadsThere } from './through-suite.js'

type Pods = Extract<Through, { kind: 'kubernetes' }>
const NAMESPACE = 'shop'

withEngines(['docker', 'kubernetes', 'openssl', 'pg-clients', 'postgres', 'zstd'], 'client programs in a pod', () => {
  let lab: DockerLab
  let cluster: Cluster
  let db: InPod
  let work = ''
  let env: Readonly<Record<string, string | undefined>> = {}
  const said: string[] = []
  beforeAll(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'ecluse-pod-'))
    lab = await dockerLab()
    cluster = await lab.cluster()
    await cluster.kubectl(['create', 'namespace', NAMESPACE])
    db = await startInPod(cluster, lab, { namespace: NAMESPACE, name: 'shop-db-0', labels: { app: 'shop-db' } })
    // The rights are those of the guide, and no others.
    const guide = readFileSync(path.join('action-docs', 'guides', 'backup-sources.md'), 'utf8')
    const [, rights = ''] = /```yaml\n(# rights\n[\s\S]*?)```/.exec(guide) ?? []
    await cluster.kubectl(['apply', '-f', '-'], { stdin: rights })
    env = { PATH: cluster.env.PATH, HOME: work, KUBECONFIG: await cluster.configOf({ namespace: NAMESPACE, name: 'ecluse-backup' }) }
    await db.sql(FILL)
  })
  afterAll(async () => {
    await cluster?.end()
    rmSync(work, { recursive: true, force: true })
  })

  const ambientOf = (signal = new AbortController().signal, more: Readonly<Record<string, string | undefined>> = {}): Ambient => backupAmbient({ work, signal, env: { ...env, ...more }, said })
  const pod = (more: Partial<Pods> = {}): Pods => ({ kind: 'kubernetes', pod: db.name, namespace: NAMESPACE, container: 'postgres', ...more })

  const running = (): Promise<string> => cluster.kubectl(['--namespace', NAMESPACE, 'exec', db.name, '-c', 'postgres', '--', 'ps', '-o', 'pid,args'])

  describe('does what every way does', () => {
    leadsThere({
      site: async () => ({
        through: pod(), url: db.url, sql: db.sql,
        running,
      }),
      ambientOf, said,
    })
  })

  const failure = (through: Pods, ambient = ambientOf(), url = db.url): Promise<unknown> =>
    postgresDatabase({ url, through }, ambient).about().then(() => 'it did not fail', (fault: unknown) => fault)
  const unreachable = (why: string, fix: string): unknown => expect.objectContaining({ code: 'database-unreachable', service: 'Kubernetes', message: expect.stringContaining(why), fix: expect.stringContaining(fix) })
  const lost = (how: string): unknown => expect.objectContaining({ code: 'connection-lost', service: 'Kubernetes', message: expect.stringContaining(how) })
  const configured = (name: string, change: (config: { clusters: { cluster: { server: string } }[]; users: { user: { token: string } }[] }) => void): string => {
    const config = JSON.parse(readFileSync(env['KUBECONFIG']!, 'utf8')) as Parameters<typeof change>[0]
    change(config)
    const file = path.join(work, name)
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    return file
  }
  const withConfig = (KUBECONFIG: string, more: Readonly<Record<string, string>> = {}): Ambient => ambientOf(undefined, { KUBECONFIG, ...more })

  test('a workload in the place of a pod, and no container named', async () => {
    const selector = { matchLabels: { app: 'shop-db' } }
    const spec = { serviceName: 'shop-db', replicas: 1, selector, template: { metadata: { labels: selector.matchLabels }, spec: { containers: [{ name: 'postgres', image: db.image }] } } }
    await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { namespace: NAMESPACE, name: 'shop-db' }, spec }) })
    expect(await postgresDatabase({ url: db.url, through: pod({ pod: 'statefulset/shop-db' }) }, ambientOf()).about()).toMatchObject({ name: 'postgres' })
    const { container: _, ...first } = pod()
    expect(await failure(first)).toMatchObject({ code: 'program-missing' })
  })

  test('no such pod, container, context; a namespace that is not there or not ours', async () => {
    expect(await failure(pod({ pod: 'nowhere' }))).toEqual(unreachable('there is no pod `nowhere`', 'get pods'))
    expect(await failure(pod({ container: 'pg' }))).toEqual(unreachable('no such container', 'container'))
    expect(await failure(pod({ context: 'prod' }))).toEqual(unreachable('no such context', 'get-contexts'))
    expect(await failure(pod({ namespace: 'elsewhere' }))).toEqual(unreachable('the cluster refused', 'pods/exec'))
    expect(await failure(pod({ namespace: 'elsewhere' }), withConfig(cluster.config))).toEqual(unreachable('there is no pod', 'get pods'))
    expect(await failure(pod({ pod: 'statefulset/nowhere' }), withConfig(cluster.config))).toEqual(unreachable('nowhere', 'kubernetes'))
  })

  test('a pod that nobody has placed, one whose image is not there, one that ended', async () => {
    const postgres = { name: 'postgres', image: db.image }
    await createPod(cluster, { namespace: NAMESPACE, name: 'unplaced', containers: [postgres], nodeName: '' })
    await createPod(cluster, { namespace: NAMESPACE, name: 'imageless', containers: [{ name: 'postgres', image: `${lab.registry}/nowhere:1` }] })
    await createPod(cluster, { namespace: NAMESPACE, name: 'ended', containers: [{ ...postgres, command: ['true'] }] })
    await createPod(cluster, { namespace: NAMESPACE, name: 'half', containers: [{ ...postgres, command: ['true'] }, { name: 'beside', image: db.image, command: ['sleep', '600'] }] })
    await cluster.kubectl(['--namespace', NAMESPACE, 'wait', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s', 'pod/ended'])
    await cluster.kubectl(['--namespace', NAMESPACE, 'wait', '--for=jsonpath={.status.containerStatuses[?(@.name=="postgres")].state.terminated.reason}=Completed', '--timeout=60s', 'pod/half'])
    expect(await failure(pod({ pod: 'unplaced' }))).toEqual(unreachable('pod `unplaced` of namespace `shop` does not run', 'describe pod'))
    expect(await failure(pod({ pod: 'ended' }))).toEqual(unreachable('pod `ended` of namespace `shop` does not run', 'describe pod'))
    expect(await failure(pod({ pod: 'imageless' }))).toEqual(unreachable('the container in pod `imageless` of namespace `shop` does not run', 'describe pod'))
    expect(await failure(pod({ pod: 'half' }))).toEqual(unreachable('the container in pod `half` of namespace `shop` does not run', 'describe pod'))
  })

  test('a pod without clients, and one without a shell', async () => {
    await createPod(cluster, { namespace: NAMESPACE, name: 'bare', containers: [{ name: 'postgres', image: await lab.image('bare', { cmd: ['sleep', '600'] }) }] })
    const shellless = await lab.image('shellless', { entrypoint: ['/bin/busybox', 'sleep', '600'], env: { PATH: '/nowhere' } })
    await createPod(cluster, { namespace: NAMESPACE, name: 'shellless', containers: [{ name: 'postgres', image: shellless }] })
    for (const name of ['bare', 'shellless']) await isReady(cluster, { namespace: NAMESPACE, name })
    expect(await failure(pod({ pod: 'bare' }))).toMatchObject({ code: 'program-missing', message: expect.stringMatching(/there is no `(psql|pg_dump|pg_restore)` in pod `bare`/) })
    expect(await failure(pod({ pod: 'shellless' }))).toMatchObject({ code: 'program-missing', message: expect.stringContaining('there is no `sh` in pod `shellless`') })
  })

  test('an account that may not, one that nobody knows, and no account', async () => {
    await cluster.kubectl(['--namespace', NAMESPACE, 'create', 'serviceaccount', 'reader'])
    const reader = withConfig(await cluster.configOf({ namespace: NAMESPACE, name: 'reader' }))
    expect(await failure(pod(), reader)).toEqual(unreachable('cannot get resource "pods"', 'pods/exec'))
    await cluster.kubectl(['--namespace', NAMESPACE, 'create', 'role', 'reader', '--verb=get', '--resource=pods'])
    await cluster.kubectl(['--namespace', NAMESPACE, 'create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${NAMESPACE}:reader`])
    expect(await failure(pod(), reader)).toEqual(unreachable('cannot create resource "pods/exec"', 'pods/exec'))
    expect(await failure(pod(), withConfig(configured('stranger', ({ users }) => void (users[0]!.user.token = 'planted-t0ken'))))).toEqual(unreachable('You must be logged in', 'its token is still good'))
    expect(await failure(pod(), withConfig(path.join(work, 'no-config')))).toEqual(unreachable('the cluster did not answer', 'its configuration is the one of this step'))
    expect(JSON.stringify(said)).not.toContain('planted-t0ken')
  })

  test('a cluster that does not answer, and one that nobody finds', async () => {
    expect(await failure(pod(), withConfig(configured('refused', ({ clusters }) => void (clusters[0]!.cluster.server = 'https://127.0.0.1:1'))))).toEqual(unreachable('The connection to the server 127.0.0.1:1 was refused', '`kubectl` reaches it'))
    expect(await failure(pod(), withConfig(configured('unknown', ({ clusters }) => void (clusters[0]!.cluster.server = 'https://nowhere.invalid'))))).toEqual(unreachable('Unable to connect to the server', '`kubectl` reaches it'))
  })

  test('what the database says comes through as it is', async () => {
    const wrong = await failure(pod(), ambientOf(), db.url.replace(/:planted[^@]*@/, ':planted-wr0ng@'))
    expect(wrong).toMatchObject({ code: 'login-refused', service: 'PostgreSQL', message: expect.stringContaining('password authentication failed') })
    expect(JSON.stringify([wrong, said])).not.toContain('planted')
  })

  // More than all that is between the server and the reader can hold.
  const HEAVY = `CREATE TABLE heavy AS SELECT (SELECT string_agg(md5((n * 50 + k)::text), '') FROM generate_series(1, 50) k) a FROM generate_series(1, 60000) n`

  const withMuch = async (): Promise<void> => {
    if (await db.sql(`SELECT to_regclass('heavy') IS NULL`) === 't') await db.sql(HEAVY)
  }

  /** Of a dump, once it has begun. */
  const cutMidway = async (ambient: Ambient, cut: () => unknown): Promise<unknown> => {
    await withMuch()
    const database = postgresDatabase({ url: db.url, through: pod() }, ambient)
    const dump = await database.dump()
    const reading = (async () => {
      let cutYet = false
      for await (const chunk of dump.content) {
        if (!cutYet && chunk.length > 0) await cut()
        cutYet = true
      }
      return 'it was whole'
    })()
    const end = await reading.catch((fault: unknown) => fault)
    await dump.close()
    return end
  }

  test.each(['true', 'false'])('a connection that is cut in the middle (WebSockets: %s) is no end of a dump, and nothing to the sessions of others', async (websockets) => {
    const isUntouched = await bystander(db)
    const port = Number(/:(\d+)/.exec(JSON.parse(readFileSync(cluster.config, 'utf8')).clusters[0].cluster.server.slice(8))![1])
    const relay = await startRelay(port)
    const by = withConfig(configured('relayed', ({ clusters }) => void (clusters[0]!.cluster.server = `https://127.0.0.1:${relay.port}`)), { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets })
    // Over SPDY, `kubectl` ends with 0 and says nothing.
    expect(await cutMidway(by, () => relay.cutBusiest())).toEqual(lost(websockets === 'true' ? 'broke before `pg_dump` had ended: "' : 'broke before `pg_dump` had ended.'))
    relay.close()
    await answers(async () => {
      if (/pg_dump/.test(await running())) throw new Error('A dump that nobody reads is still at work.')
    })
    expect(await isUntouched()).toBe(true)
  })

  test('a cluster that goes away in the middle, and a node', async () => {
    expect(await cutMidway(ambientOf(), () => cluster.stop())).toEqual(lost('broke before `pg_dump` had ended'))
    expect(await failure(pod())).toEqual(unreachable('the cluster did not answer', '`kubectl` reaches it'))
    await cluster.start()
    expect(await cutMidway(ambientOf(), () => process.kill(cluster.pid, 'SIGKILL'))).toEqual(lost('broke before `pg_dump` had ended'))
    expect(await failure(pod())).toEqual(unreachable('did not answer: "', 'kubectl get nodes'))
  })
})
