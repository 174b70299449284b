/**
 * A real Docker Engine and a registry for tests, benches and the demo; images are put together from this machine's files.
 *
 *   withEngines(['docker'], 'the compose platform', () => {
 *     const part = lab.unique('shop')                        // in the name of all that this file makes
 *     const image = await lab.image(`${part}:1`, { base: 'node', files: { '/app/server.mjs': source }, cmd: ['node', 'server.mjs'] })
 *     await lab.docker(['run', '-d', '--name', `${part}-web`, '-p', '127.0.0.1::8080', image])
 *     await lab.cleanup(part)                                // in afterAll
 *   })
 *
 * `await dockerLab()` in `beforeAll`; the first one starts engine and registry in about a second, with nothing in them. All processes
 * of a checkout share them while one of them lives; 2 s after the last has ended, by whatever death, all is ended and removed.
 * Programs of ours get `lab.env`. It has docker's own variables and PATH only.
 */
export interface DockerLab extends DockerClient {
  /** Of the process that all others of the lab die with. */
  readonly pid: number
  /** `127.0.0.1:PORT`, plain HTTP. Another port with every start. */
  readonly registry: string
  /** The folder of cosign, docker-registry, haproxy, redis-server, redis-cli, socat, sshd, ssh, ssh-keygen, ssh-keyscan, busybox. */
  readonly tools: string
  /** `127.0.0.1:PORT/base/<name>@sha256:…`, also to be had as `base/<name>:latest`. The first use of one on a machine takes up to 8 s. */
  readonly base: (name: BaseImage) => Promise<string>
  /**
   * Puts `shop`, `acme/shop:1` or the like into the registry and gives its `127.0.0.1:PORT/shop@sha256:…`, in about 50 ms. The same
   * description is the same digest. The engine pulls it when it is first used.
   */
  readonly image: (name: string, description?: ImageDescription) => Promise<string>
  /** `prefix-1a2b3c4d`. */
  readonly unique: (prefix: string) => string
  /** Ends and removes all containers, networks and volumes whose name has this part. */
  readonly cleanup: (part: string) => Promise<void>
  /** An engine of one's own, to be stopped, killed or filled. It ends with `end()`, or with this process. */
  readonly privateEngine: (options?: { /** What it can store, in memory. */ readonly dataBytes?: number }) => Promise<PrivateEngine>
  /** A host that is reached by ssh, on this lab's engine or the given one. */
  readonly sshHost: (options?: SshHostOptions) => Promise<SshHost>
  /** A Kubernetes of one's own, of one node, which has the images of this lab. It ends with `end()`, or with this process. Wants the engine `kubernetes`. */
  readonly cluster: () => Promise<Cluster>
}

export interface DockerClient {
  readonly socket: string
  /** DOCKER_HOST, DOCKER_CONFIG (a folder that others share: log in with one of your own) and PATH. */
  readonly env: { readonly DOCKER_HOST: string; readonly DOCKER_CONFIG: string; readonly PATH: string }
  /** Runs the client and gives what it printed. Rejects with its own words when it ends otherwise than by 0. */
  readonly docker: (argv: readonly string[], options?: DockerCall) => Promise<string>
}

export interface DockerCall {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Milliseconds; 120 000 without it. */
  readonly within?: number
}

/**
 * `static`: busybox. `node`, `python`: this machine's, with busybox. `haproxy`: 2.6 with Lua, socat and busybox, behaves as the official
 * image. `postgres`: 15, wants POSTGRES_PASSWORD, knows POSTGRES_USER and POSTGRES_DB, `pg_isready` for its health, port 5432. `redis`: 7,
 * with redis-cli, port 6379.
 */
export type BaseImage = 'static' | 'node' | 'python' | 'haproxy' | 'postgres' | 'redis'

export interface ImageDescription {
  /** `static` without it. */
  readonly base?: BaseImage
  /** By path in the image. */
  readonly files?: Readonly<Record<string, string | Uint8Array | ImageFile>>
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  readonly user?: string
  readonly workdir?: string
  readonly expose?: readonly number[]
  readonly stopSignal?: string
  readonly healthcheck?: Healthcheck
}

export interface ImageFile {
  readonly content?: string | Uint8Array
  readonly link?: string
  readonly directory?: boolean
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

/** Times in milliseconds. A string is run by sh. Without them: every 500, 2000 to answer, 3 retries, 5000 to start, every 200 until then. */
export interface Healthcheck {
  readonly test: string | readonly string[]
  readonly interval?: number
  readonly timeout?: number
  readonly retries?: number
  readonly startPeriod?: number
  readonly startInterval?: number
}

export interface PrivateEngine extends DockerClient {
  readonly pid: number
  /** In order, as a machine that is shut down: containers end. */
  readonly stop: () => Promise<{ readonly pid: number }>
  /** By SIGKILL: containers go on. */
  readonly kill: () => Promise<{ readonly pid: number }>
  /** After `stop` or `kill`, on the same socket and data. */
  readonly start: () => Promise<{ readonly pid: number }>
  readonly end: () => Promise<void>
}

export interface SshHostOptions {
  readonly engine?: DockerClient
  /** Whether its user may use docker's socket. Without it: yes. */
  readonly permitted?: boolean
  /** Whether the docker client is on its PATH. Without it: yes. */
  readonly docker?: boolean
  /** Whether its ssh server leads connections to sockets. Without it: yes. */
  readonly forwards?: boolean
}

/** The engine's socket is where it is on every host: /var/run/docker.sock. */
export interface SshHost {
  /** `ssh://deploy@127.0.0.1:PORT` */
  readonly address: string
  /** For known_hosts. */
  readonly hostKeyLine: string
  /** The user's key, as OpenSSH writes it. */
  readonly privateKey: string
  /** Of sshd. */
  readonly pid: number
  /** Cuts all connections; new ones are welcome. */
  readonly drop: () => Promise<void>
  /** Keeps all connections, but nothing comes through until `release`. */
  readonly hold: () => Promise<void>
  readonly release: () => Promise<void>
  /** Cuts all connections, and new ones at once, until `admit`. */
  readonly refuse: () => Promise<void>
  readonly admit: () => Promise<void>
  /** Connections that are open, and all that were ever accepted. */
  readonly counts: () => Promise<{ readonly open: number; readonly accepted: number }>
  readonly stop: () => Promise<void>
}

/**
 * etcd, API server and kubelet, with the rights that Kubernetes comes with. Nothing plans and nothing controls: pods name their node,
 * `127.0.0.1`, and are on the network of this machine (`hostNetwork`); a StatefulSet makes none, but can be asked which are its own.
 */
export interface Cluster {
  /** Of the process that the node dies with. */
  readonly pid: number
  /** The file of who may do all. */
  readonly config: string
  /** KUBECONFIG and PATH. */
  readonly env: { readonly KUBECONFIG: string; readonly PATH: string }
  /** Runs `kubectl` as the one who may do all, and gives what it printed. Rejects with its own words when it ends otherwise than by 0. */
  readonly kubectl: (argv: readonly string[], options?: { readonly stdin?: string }) => Promise<string>
  /** The configuration of an account that has only the rights that it was given. */
  readonly configOf: (account: { readonly namespace: string; readonly name: string }) => Promise<string>
  /** The API server's, by SIGKILL; pods go on. */
  readonly stop: () => Promise<void>
  /** After `stop`, on the same port and data. */
  readonly start: () => Promise<void>
  readonly end: () => Promise<void>
}

/** The lab of this checkout. Asked for again, it is the same. */
export declare const dockerLab: () => Promise<DockerLab>
