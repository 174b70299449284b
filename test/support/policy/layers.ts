import path from 'node:path'
import { usesOf } from './syntax.js'

/** What a room of the house may import: other rooms, packages, and Node's own modules. */
interface Room {
  readonly rooms: readonly string[]
  readonly packages?: readonly string[]
  readonly node?: 'all' | 'harmless'
}

const PURE = ['core/domain', 'core/ports', 'core/errors']

/** The table of CONTRIBUTING.md. Its own room is open to every file. */
const ROOMS: Readonly<Record<string, Room>> = {
  'core/domain': { rooms: [] },
  'core/errors': { rooms: [] },
  'core/ports': { rooms: ['core/domain', 'core/errors'] },
  'core/inputs': { rooms: ['core/domain', 'core/errors'], packages: ['yaml', 'zod'] },
  'core/config': { rooms: ['core/domain', 'core/errors', 'core/inputs'], packages: ['yaml', 'zod'] },
  'core/delivery': { rooms: PURE },
  'core/io': { rooms: PURE, node: 'all' },
  'core/local': { rooms: ['core/domain', 'core/errors'], packages: ['httpxy', 'tar-stream'], node: 'all' },
  'core/page': { rooms: ['core/domain'], packages: ['uplot'] },
  'core/host': { rooms: ['core/config', 'core/delivery', 'core/drivers', 'core/inputs', 'core/io', ...PURE], packages: ['@actions/*', '@octokit/*', 'yaml'], node: 'all' },
}

/** The library of a vendor, for its driver alone. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'core/drivers/builders/oci-layout': ['tar-stream'],
  'core/drivers/caches/redis': ['redis'],
  'core/drivers/archives/docker': ['tar-stream'],
  'core/drivers/archives/oci-layout': ['tar-stream'],
  'core/drivers/github/octokit': ['@octokit/rest'],
  'core/drivers/secrets/github': ['libsodium-wrappers'],
  'core/drivers/stores/s3': ['@aws-sdk/client-s3'],
  'core/drivers/metrics/cloudwatch': ['@aws-sdk/client-cloudwatch'],
  'core/drivers/encryption/age': ['age-encryption'],
  'core/drivers/reports/files': ['fast-xml-parser'],
  'core/drivers/notifiers/email': ['nodemailer'],
  'core/drivers/tracing/otlp': ['@opentelemetry/api', '@opentelemetry/exporter-trace-otlp-http', '@opentelemetry/resources', '@opentelemetry/sdk-trace-base'],
}

const REGISTRY = 'core/drivers/registry'
/** Drivers are opened here, by what they are for. */
export const REGISTRIES: readonly string[] = ['core/drivers/registry.ts', 'core/drivers/registry-docker.ts', 'core/drivers/registry-cache.ts', 'core/drivers/registry-backup.ts', 'core/drivers/registry-alarms.ts', 'core/drivers/registry-cloud.ts', 'core/drivers/registry-triggers.ts', 'core/drivers/registry-notify.ts', 'core/drivers/registry-telling.ts', 'core/drivers/registry-tracing.ts', 'core/drivers/registry-annotations.ts']
const EFFECTS = /^node:(fs|fs\/promises|child_process|net|http|https|http2|tls|dgram|dns|dns\/promises|worker_threads|cluster|process)$/

/** Names that are effects, and the rooms that may use them. */
const NAMES: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/^process\.env$/, ['core/host', 'core/local'], 'only `host` reads environment variables'],
  [/^(fetch|globalThis\.fetch)$/, ['core/io', 'core/local'], 'only `io` opens sockets'],
]
const IMPURE = /^(Date\.now|new Date\(\)|Math\.random|performance\.now|crypto\.\w+|set(Timeout|Interval|Immediate)|process\.\w+|console\.\w+)$/

/** Everything in a file that its room does not allow. */
export function layerFaults(file: string, source: string): readonly string[] {
  const { imports, names } = usesOf(source)
  const room = roomOf(file)
  const faults = imports.flatMap((specifier) => {
    const why = refusal(file, room, specifier)
    return why === undefined ? [] : [`${file} imports ${specifier}: ${why}`]
  })
  const used = [...new Set(names)].flatMap((name) => {
    const rule = NAMES.find(([form, rooms]) => form.test(name) && !rooms.includes(room))
    if (rule !== undefined) return [`${file} uses ${name}: ${rule[2]}`]
    return room === 'core/domain' && IMPURE.test(name) ? [`${file} uses ${name}: \`domain\` is pure`] : []
  })
  return [...faults, ...used]
}

/** The driver, the action or the room that a file belongs to. */
export function roomOf(file: string): string {
  const parts = file.split('/')
  if (parts[0] === 'actions') return parts.slice(0, 2).join('/')
  if (parts[1] !== 'drivers') return parts.slice(0, 2).join('/')
  return REGISTRIES.includes(file) ? 'core/drivers/registry' : parts.slice(0, 4).join('/')
}

function refusal(file: string, room: string, specifier: string): string | undefined {
  if (specifier === '?') return 'what it loads must be written there'
  const allowed = allowedIn(file, room)
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts')
    const into = roomOf(target)
    if (into === room || allowed.rooms.includes(into) || allowed.rooms.some((open) => into.startsWith(`${open}/`))) return undefined
    return `\`${room}\` may not import \`${into}\``
  }
  if (specifier.startsWith('node:')) {
    if (allowed.node === 'all' || (allowed.node === 'harmless' && !EFFECTS.test(specifier))) return undefined
    return `\`${room}\` may not have it`
  }
  const bare = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const open = (allowed.packages ?? []).some((name) => name === bare || (name.endsWith('/*') && bare.startsWith(name.slice(0, -1))))
  return open ? undefined : `\`${room}\` may not use this package`
}

function allowedIn(file: string, room: string): Room {
  if (room.startsWith('actions/')) return forAction(path.posix.basename(file))
  if (room === REGISTRY) return { rooms: [...PURE, 'core/drivers', 'core/delivery'] }
  if (room.startsWith('core/drivers/')) return { rooms: PURE, packages: LIBRARIES[room] ?? [], node: 'harmless' }
  return ROOMS[room] ?? { rooms: [] }
}

function forAction(name: string): Room {
  if (name === 'main.ts' || name === 'post.ts') return { rooms: ['core/host', REGISTRY, 'core/delivery', 'core/errors', 'core/domain'] }
  return { rooms: [...PURE, 'core/delivery', ...(name === 'inputs.ts' ? ['core/inputs'] : [])] }
}

/** Rooms that the table knows; a folder that is not there has no rule, which is a fault of its own. */
export const knownRooms: readonly string[] = [...Object.keys(ROOMS), 'core/drivers']
