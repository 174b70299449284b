/** Real S3 servers for tests, on loopback, each with a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { CreateBucketCommand, GetObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { S3Options } from '../../../core/domain/backup.js'
import { unusedPort } from '../ports.mjs'

export type S3Engine = 'minio' | 'versitygw'

export const KEY = { accessKeyId: 'planted-key-id-77', secretAccessKey: 'planted-secret-2f9c41d8' } as const

export interface RunningS3 {
  readonly endpoint: string
  readonly client: S3Client
  /** The server's own folder. */
  readonly folder: string
  /** A bucket of that name, with object lock where it is asked for. */
  bucket(name: string, lock?: boolean): Promise<string>
  /** Names of all objects that are there, or with their versions and markers. */
  names(bucket: string): Promise<readonly string[]>
  versions(bucket: string): Promise<readonly string[]>
  /** Names of uploads that were begun and not ended; MinIO tells those of a whole name only. */
  unfinished(bucket: string, name?: string): Promise<readonly string[]>
  text(bucket: string, key: string): Promise<string>
  put(bucket: string, key: string, body: string): Promise<void>
  stop(): Promise<void>
}

export async function startS3(engine: S3Engine, program: string): Promise<RunningS3> {
  const folder = await mkdtemp(path.join(os.tmpdir(), `ecluse-${engine}-`))
  const port = await unusedPort()
  const child = await started(engine, program, folder, port)
  const endpoint = `http://127.0.0.1:${port}`
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEY, requestChecksumCalculation: 'WHEN_REQUIRED' })
  await answering(child, `${endpoint}${engine === 'minio' ? '/minio/health/ready' : '/health'}`)
  return {
    endpoint, client, folder,
    ...contents(client),
    async bucket(name, lock = false) {
      await client.send(new CreateBucketCommand({ Bucket: name, ...(lock ? { ObjectLockEnabledForBucket: true } : {}) }))
      return name
    },
    async stop() {
      client.destroy()
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What a store needs to reach a bucket of such a server, or of something in front of it. */
export function s3Options(endpoint: string, bucket: string, more: Partial<S3Options> = {}): S3Options {
  return { name: 's3', bucket, prefix: '', endpoint, pathStyle: true, credentials: KEY, ...more }
}

type Contents = Pick<RunningS3, 'names' | 'versions' | 'unfinished' | 'text' | 'put'>

function contents(client: S3Client): Contents {
  const versions: Contents['versions'] = async (bucket) => {
    const { Versions: kept = [], DeleteMarkers: markers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    return [...kept.map(({ Key: key }) => key ?? ''), ...markers.map(({ Key: key }) => `${key ?? ''} (marker)`)].toSorted()
  }
  return {
    versions,
    async names(bucket) {
      const { Versions: kept = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }))
      return kept.filter(({ IsLatest: latest }) => latest === true).map(({ Key: key }) => key ?? '').toSorted()
    },
    async unfinished(bucket, name) {
      const { Uploads: found = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...(name === undefined ? {} : { Prefix: name }) }))
      return found.map(({ Key: key }) => key ?? '')
    },
    async text(bucket, key) {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await body?.transformToString()) ?? ''
    },
    async put(bucket, key, body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
    },
  }
}

async function started(engine: S3Engine, program: string, folder: string, port: number): Promise<ChildProcess> {
  const [data, versions] = [path.join(folder, 'data'), path.join(folder, 'versions')]
  await Promise.all([mkdir(data), mkdir(versions)])
  const argv = engine === 'minio'
    ? ['server', '--quiet', '--address', `127.0.0.1:${port}`, '--console-address', '127.0.0.1:0', data]
    : ['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet', 'posix', '--versioning-dir', versions, data]
  const env = engine === 'minio'
    ? { MINIO_ROOT_USER: KEY.accessKeyId, MINIO_ROOT_PASSWORD: KEY.secretAccessKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off', HOME: folder }
    : { ROOT_ACCESS_KEY: KEY.accessKeyId, ROOT_SECRET_KEY: KEY.secretAccessKey, HOME: folder }
  return spawn(program, argv, { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'ignore' })
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  const until = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The S3 server ended with ${child.exitCode}.`)
    if (await fetch(url).then(({ ok }) => ok, () => false)) return
    if (Date.now() > until) throw new Error(`Nothing answers at ${url}.`)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
}
