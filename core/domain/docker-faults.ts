/** What is behind the words of `docker`, its plug-ins and the engine. */
export type DockerFaultCode =
  | 'docker-missing' | 'docker-unreachable' | 'compose-missing' | 'compose-invalid' | 'buildx-missing' | 'build-failed' | 'emulation-missing'
  | 'dockerfile-missing' | 'dockerfile-invalid' | 'registry-refused' | 'registry-unreachable' | 'image-not-found' | 'port-taken' | 'disk-full'

export interface DockerFault {
  readonly code: DockerFaultCode
  /** Ends the sentence "Could not …: ". */
  readonly observed: string
  readonly fix?: string
}

/** A failed `docker …`: its words after `docker`, and the last lines it wrote. */
export interface DockerEnd {
  readonly argv: readonly string[]
  readonly exitCode?: number
  readonly lines: readonly string[]
}

type Groups = Readonly<Record<string, string | undefined>>

interface Rule {
  readonly form: RegExp
  readonly code: DockerFaultCode
  /** What was observed; absent: the line itself, in quotes. */
  readonly told?: (groups: Groups) => string
  readonly fix?: string
  /** First words of the commands that it is said of; absent: all. */
  readonly of?: readonly string[]
}

const NO_USAGE = 'Usage:  docker [OPTIONS] COMMAND'
/** These pass on what a container writes; only lines of `docker` itself say anything about it. */
const SPEAKS_FOR_OTHERS = new Set(['exec', 'logs', 'run', 'attach', 'start'])
const DOCKERS_OWN = /^(?:docker: |Error response from daemon: |Cannot connect to the Docker daemon |failed to connect to the docker API |permission denied while trying to connect|error during connect: |unable to |Failed to initialize: |unexpected EOF$)/
/** The steps of a build write what they like as well; that a program can not run here is told nowhere else. */
const BUILDERS_OWN = /^(?:ERROR: |error: |docker: |Cannot connect |failed to connect |permission denied while|unknown |unable to prepare)|exec format error/

const ENGINE: readonly Rule[] = [
  {
    form: /permission denied while trying to connect to the (?:docker daemon socket|docker API) at (?<at>[^\s:]+:\/\/[^\s:]+)/i, code: 'docker-unreachable',
    told: ({ at }) => `this user may not use the socket of the Docker Engine, \`${at}\``, fix: 'Add the user to the group that owns the socket, usually `docker`, and log in anew.',
  },
  { form: /(?:Cannot connect to the Docker daemon at|failed to connect to the docker API at) (?<at>[^\s;,]+?)[.;,:]?(?: |$)/i, code: 'docker-unreachable', told: ({ at }) => `no Docker Engine answers at \`${at}\`` },
  {
    form: /context "(?<name>[^"]*)"(?:: context not found| does not exist)/, code: 'docker-unreachable',
    told: ({ name }) => `there is no Docker context \`${name}\``, fix: 'Correct `DOCKER_CONTEXT`, or choose one that `docker context ls` lists.',
  },
  {
    form: /client version (?<client>\S+) is too (?:old|new)\. (?:Minimum|Maximum) supported API version is (?<server>[\d.]+)/, code: 'docker-unreachable',
    told: ({ client, server }) => `the \`docker\` command speaks API ${client}, and the engine ${server}`, fix: 'Use a `docker` command and an engine of about the same age.',
  },
  { form: /^(?:docker: )?error during connect: (?<said>.+)/i, code: 'docker-unreachable', told: ({ said }) => `the Docker Engine did not answer: "${shortened(said!)}"` },
  { form: /^(?:docker: |error: )?unexpected EOF$/i, code: 'docker-unreachable', told: () => 'the Docker Engine broke off in the middle of its answer' },
]

const PLUGINS: readonly Rule[] = [
  { form: /unknown command: docker compose|'compose' is not a docker command/, code: 'compose-missing', told: () => '`docker` has no `compose` here' },
  { form: /^(?<said>unknown (?:shorthand )?flag: .+)/, code: 'compose-missing', of: ['compose'], told: ({ said }) => `Docker Compose is not installed or too old: "${shortened(said!)}"` },
  { form: /unknown command: docker buildx|'buildx' is not a docker command|buildx component is missing/, code: 'buildx-missing', told: () => '`docker` has no `buildx` here' },
  { form: /^(?:ERROR: )?(?<said>unknown (?:shorthand )?flag: .+)/, code: 'buildx-missing', of: ['buildx', 'build'], told: ({ said }) => `buildx is not installed or too old: "${shortened(said!)}"` },
]

const MACHINE: readonly Rule[] = [
  { form: /(?:\s(?<at>\/[^\s:]*): )?(?:no space left on device|disk quota exceeded)/i, code: 'disk-full', told: ({ at }) => `no room is left on the disk of the Docker Engine${at === undefined ? '' : ` (for \`${at}\`)`}` },
  {
    form: /(?:Bind for|failed to bind host port(?: for)?|failed to bind port|exposing port TCP|listen (?:tcp|udp)[46]?) (?<at>\S*?):(?<port>\d+)(?:[:/]\S*?)?:? .*(?:already allocated|already in use|not available|access permissions)/, code: 'port-taken',
    told: ({ at, port }) => `port ${port} is taken${at === '' || at === '0.0.0.0' || at === '[::]' ? '' : ` on ${at}`}`,
  },
]

const REGISTRIES = ['pull', 'push', 'login', 'run', 'create', 'compose', 'buildx', 'build', 'manifest', 'search'] as const
const REGISTRY: readonly Rule[] = [
  {
    form: /error getting credentials.*?(?<helper>docker-credential-[\w.-]+).*?(?:executable file not found|not installed)/, code: 'registry-refused', of: REGISTRIES,
    told: ({ helper }) => `the credential helper \`${helper}\` that Docker is set to use is not installed`, fix: 'Install it and see that it is on PATH, or take it out of `config.json` of Docker.',
  },
  { form: /toomanyrequests|429 Too Many Requests/, code: 'registry-refused', of: REGISTRIES, fix: 'Log in to the registry, whose limit for others is used up, or wait.' },
  { form: /unauthorized|authentication required|authorization failed|no basic auth credentials|incorrect username or password|insufficient_scope|403 Forbidden|access denied|access to the resource is denied|^(?:error: )?denied: /i, code: 'registry-refused', of: REGISTRIES },
  { form: /manifest unknown|name unknown/, code: 'image-not-found', of: REGISTRIES },
  { form: /x509: /, code: 'registry-unreachable', of: REGISTRIES, fix: 'Give the Docker Engine the certificate of who signed that of the registry (`/etc/docker/certs.d`).' },
  { form: /server gave HTTP response to HTTPS client/, code: 'registry-unreachable', of: REGISTRIES, fix: 'Serve the registry by TLS, or name it among the `insecure-registries` of the Docker Engine.' },
  { form: /dial tcp|no such host|connection (?:refused|reset)|i\/o timeout|TLS handshake|request canceled|deadline exceeded|remote error: tls|unexpected status.* 5\d\d |: (?:unexpected )?EOF$/i, code: 'registry-unreachable', of: REGISTRIES },
]

const IMAGES: readonly Rule[] = [
  {
    form: /(?:failed to resolve reference "(?<a>[^"]+)"|failed to resolve source metadata for (?<b>\S+?): |manifest for (?<c>\S+) |No such image: (?<d>\S+)|tag does not exist: (?<e>\S+)|no such manifest: (?<f>\S+)|locally with the tag: (?<g>\S+))(?:$|.*(?:not found|No such image|does not exist))/i,
    code: 'image-not-found', told: ({ a, b, c, d, e, f, g }) => `there is no image \`${a ?? b ?? c ?? d ?? e ?? f ?? g}\``,
  },
  { form: /^ERROR: (?<name>[^\s"]+[:@][^\s"]+): not found$/, code: 'image-not-found', of: ['buildx'], told: ({ name }) => `there is no image \`${name}\`` },
]

const BUILDS = ['buildx', 'build', 'compose'] as const
const BUILDING: readonly Rule[] = [
  { form: /failed to read dockerfile: open (?<file>[^\s:]+)|unable to evaluate symlinks in Dockerfile path: lstat (?<other>[^\s:]+)/, code: 'dockerfile-missing', of: BUILDS, told: ({ file, other }) => `there is no Dockerfile \`${file ?? other}\`` },
  { form: /dockerfile parse error on (?<said>.+)/i, code: 'dockerfile-invalid', of: BUILDS, told: ({ said }) => `the Dockerfile can not be read: "${shortened(said!)}"` },
  { form: /exec format error/, code: 'emulation-missing', of: BUILDS, told: () => 'this machine can not run programs of a platform that was asked for (`exec format error`)' },
  { form: /multi(?:-platform build|ple platforms feature) is (?:currently )?not supported/i, code: 'emulation-missing', of: BUILDS, fix: 'Switch the containerd image store of the Docker Engine on, or create a builder with `docker buildx create --use`.' },
  { form: /^ERROR: (?:failed to build: )?(?:failed to solve: )?(?<said>.+)/, code: 'build-failed', of: ['buildx', 'build'], told: ({ said }) => `the build failed: "${shortened(said!)}"` },
]

const COMPOSING: readonly Rule[] = [
  {
    form: /required variable (?<name>\S+) is missing a value/, code: 'compose-invalid', of: ['compose'],
    told: ({ name }) => `the compose files need the variable \`${name}\`, which is not set`, fix: 'Set it in the `env:` of the step, or in the `.env` file beside the compose files.',
  },
  { form: /^(?:validating \S|yaml: |env file \S|no configuration file provided|open \S+: no such file|no such service: |service "|services\.|invalid |error while interpolating |"?\S+"? refers to undefined)|invalid compose project|additional propert|neither an image nor a build context/, code: 'compose-invalid', of: ['compose'] },
]

const RULES = [...ENGINE, ...PLUGINS, ...MACHINE, ...BUILDING.slice(0, -1), ...REGISTRY, ...IMAGES, ...BUILDING.slice(-1), ...COMPOSING]
const ABOUT_THE_ENGINE: ReadonlySet<DockerFaultCode> = new Set(['docker-missing', 'docker-unreachable', 'compose-missing', 'buildx-missing'])

/** What a failure of `docker` means; `undefined` when its words are not known. */
export function dockerFault(end: DockerEnd): DockerFault | undefined {
  return faultBy(RULES, end)
}

/** Says of an exit code that would be an answer that it is none: nobody was there to give one. */
export function unanswered(end: DockerEnd): DockerFault | undefined {
  const fault = faultBy([...ENGINE, ...PLUGINS], end)
  return fault !== undefined && ABOUT_THE_ENGINE.has(fault.code) ? fault : undefined
}

function faultBy(rules: readonly Rule[], end: DockerEnd): DockerFault | undefined {
  const command = commandOf(end.argv)
  const lines = dockersLines(command, end)
  for (const { form, code, told, fix, of } of rules) {
    if (of !== undefined && !of.includes(command[0] ?? '')) continue
    const line = lines.findLast((one) => form.test(one))
    if (line === undefined) continue
    const observed = told?.(form.exec(line)?.groups ?? {}) ?? `"${shortened(line.replace(/^(?:docker: )?(?:Error response from daemon|ERROR|error): /, ''))}"`
    return { code, observed, ...(fix === undefined ? {} : { fix }) }
  }
  return undefined
}

/** `container run` is `run`, `image build` is `build`; what `compose` has before its own command is left out. */
function commandOf(argv: readonly string[]): readonly string[] {
  const words = /^(?:container|image)$/.test(argv[0] ?? '') ? argv.slice(1) : argv
  if (words[0] !== 'compose') return words
  const known = words.findIndex((word, index) => index > 0 && (SPEAKS_FOR_OTHERS.has(word) || /^(?:up|pull|build|config|create|down|ps|stop|rm|cp)$/.test(word)))
  return known < 0 ? words : ['compose', ...words.slice(known)]
}

function dockersLines(command: readonly string[], { lines, exitCode }: DockerEnd): readonly string[] {
  const [first = '', second = ''] = command
  const verb = first === 'compose' ? second : first
  if (lines.some((line) => line.startsWith(NO_USAGE))) return lines
  if (SPEAKS_FOR_OTHERS.has(verb)) {
    // Exit codes of `run` below 125 are the container's own.
    return verb === 'run' && exitCode !== undefined && exitCode < 125 && first !== 'compose' ? [] : lines.filter((line) => DOCKERS_OWN.test(line))
  }
  const building = first === 'build' || (first === 'buildx' && second === 'build')
  return building ? lines.filter((line) => BUILDERS_OWN.test(line)) : lines
}

function shortened(line: string): string {
  const said = line.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '')
  return said.length > 240 ? `${said.slice(0, 239)}…` : said
}
