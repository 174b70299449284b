import { z } from 'zod'
import type { ComposeHost, ComposeOptions } from '../domain/environment.js'
import { engineOf, keysOfHosts, parseHostAddress } from '../domain/host-address.js'
import type { IdentityRule } from '../domain/identity.js'
import { parsePublished, portsClash, urlOnHost } from '../domain/published-port.js'
import { duration, formed, milliseconds, whole, yesNo } from './words.js'

const HOST_FORM = 'the address of a host, such as `ssh://deploy@shop.example` or `ssh://deploy@shop.example:2222`; leave `host` out for the engine of this machine'
const KEY_FORM = 'a line as `known_hosts` has it, such as `shop.example ssh-ed25519 AAAAC3…`, or `[shop.example]:2222 ssh-ed25519 AAAAC3…` for another port'
const PORT_FORM = 'a port of the host, such as `80`, `"127.0.0.1:8080"` or `"[::1]:8080"`; the port inside is `port`'
const PATH = /^\/[!-~]*$/
const SERVICE_FORM = 'the name of a service in the compose files, such as `web`'

/** What it is instead, where that is plain. */
function hostFault(written: unknown): string {
  const address = String(written)
  if (/^ssh:\/\/[^@/]*:[^@/]*@/.test(address)) return 'it without a password: hosts are reached by key, see `ssh-key`'
  if (/^(https?|tcp):/.test(address)) return 'an `ssh://` address: an engine that listens on the network is not spoken to, who reaches it owns the host'
  if (/^(unix|npipe|fd):/.test(address)) return 'the address of another host, or leave `host` out: that is the engine of this machine'
  if (!address.startsWith('ssh://') && parseHostAddress(`ssh://${address}`) !== undefined) return 'it with its scheme, `ssh://`, before it'
  return HOST_FORM
}

const host = z.string({ error: HOST_FORM }).refine((written) => parseHostAddress(written) !== undefined, { error: ({ input }) => hostFault(input) })
  .meta({ description: 'A host.', examples: ['ssh://deploy@shop.example'] })

const hosts = z.array(host).min(1, { error: 'at least one host, or leave `host` out for the engine of this machine' })
  .superRefine((all, context) => {
    const engines = all.map((written) => parseHostAddress(written)).map((address) => (address === undefined ? undefined : engineOf(address)))
    for (const [index, engine] of engines.entries()) {
      if (engine !== undefined && engines.indexOf(engine) < index) context.addIssue({ code: 'custom', path: [index], message: `another host: number ${engines.indexOf(engine) + 1} of the list is the same one` })
    }
  })

/** As `ssh-keyscan` prints them: with remarks and empty lines between. */
const linesIn = (block: string): readonly string[] => block.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))

const KNOWN_HOST = /^(@(cert-authority|revoked)\s+)?(?!ssh-|ecdsa-|sk-|SHA256:|MD5:|@)\S+\s+(ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s+AAAA[A-Za-z0-9+/]+={0,3}(\s.*)?$/

function keyFault(block: unknown): string {
  const wrong = typeof block === 'string' ? linesIn(block).find((line) => !KNOWN_HOST.test(line)) : undefined
  if (wrong !== undefined && /^(ssh-|ecdsa-|sk-)\S+\s+AAAA/.test(wrong)) return 'the name of the host before the key: `shop.example ssh-ed25519 AAAAC3…`'
  if (wrong !== undefined && /^(SHA256|MD5):/.test(wrong)) return `the key itself, not its fingerprint: ${KEY_FORM}`
  return KEY_FORM
}

const keyLines = z.string({ error: KEY_FORM }).refine((block) => linesIn(block).length > 0 && linesIn(block).every((line) => KNOWN_HOST.test(line)), { error: ({ input }) => keyFault(input) })

/** Until its variable is put in, it is what the file says: that it is known by name only. */
const REFERENCE = /^\$\{env:[^}]*\}$/
const privateKey = formed(/^\s*(\$\{env:[^}]*\}|-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]+-----END [A-Z0-9 ]*PRIVATE KEY-----)\s*$/, 'a private key as `ssh-keygen` makes it, by `${env:NAME}`: all its lines, with the first and the last',
  { description: 'The private key for ssh, always by name. Default: the keys and the agent of whoever runs it.', examples: ['${env:DEPLOY_KEY}'] })

const published = z.union([z.int({ error: PORT_FORM }), z.string({ error: PORT_FORM })], { error: PORT_FORM })
  .refine((written) => parsePublished(String(written)) !== undefined, { error: PORT_FORM })

const publish = z.array(published, { error: 'a list of ports, such as `[80, "127.0.0.1:8080"]`; `[]` publishes none' })
  .superRefine((all, context) => {
    const ports = all.map((written) => parsePublished(String(written)))
    for (const [index, port] of ports.entries()) {
      const before = ports.findIndex((other) => other !== undefined && port !== undefined && portsClash(other, port))
      if (before !== -1 && before < index) context.addIssue({ code: 'custom', path: [index], message: `another port: number ${before + 1} of the list has it already` })
    }
  })

const once = (what: string) => (all: readonly string[], context: z.RefinementCtx): void => {
  for (const [index, one] of all.entries()) if (all.indexOf(one) < index) context.addIssue({ code: 'custom', path: [index], message: `each ${what} once` })
}

const service = (meaning: string, example: string): z.ZodString => formed(/^[A-Za-z0-9._-]+$/, SERVICE_FORM, { description: meaning, examples: [example] })
const absolute = (meaning: string, example: string): z.ZodString => formed(/^\/[^,:\s]*$/, `a path on the host that begins with \`/\`, without blanks, commas and colons, such as \`${example}\``, { description: meaning, examples: [example] })

const edge = z.strictObject({
  image: formed(/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/, 'an image, such as `haproxy:3.2`', { description: 'Image of HAProxy, 2.6 or later with Lua.', default: 'haproxy:3.2' }).optional(),
  certificate: absolute('PEM file on the host with certificate and key: the edge then ends TLS.', '/etc/shop/shop.pem').optional(),
  reload: z.array(service('A service.', 'nginx')).superRefine(once('service'))
    .meta({ description: "Services that get SIGHUP when the edge takes the service's name, so that they look it up again.", examples: [['nginx']] }).optional(),
}, { error: 'a mapping, such as `{ image: haproxy:3.2 }`' }).meta({ description: 'The HAProxy in front.', examples: [{ reload: ['nginx'] }] })

export const composeSchema = z.strictObject({
  host: z.union([host, hosts], { error: `${HOST_FORM}; or a list of them` })
    .meta({ description: 'Where releases run, in the order in which one reaches them. Default: the engine of this machine.', examples: ['ssh://deploy@shop.example', ['ssh://deploy@one.example', 'ssh://deploy@two.example:2222']] }).optional(),
  'host-keys': z.union([keyLines, z.array(keyLines).min(1, { error: `at least one line: ${KEY_FORM}` })], { error: KEY_FORM })
    .meta({ description: 'Keys of the hosts, as lines of `known_hosts`. A host without one is refused, with the line to add.', examples: ['shop.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE', ['[two.example]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE']] }).optional(),
  'ssh-key': privateKey.optional(),
  files: z.array(formed(/^[^-]/, 'the path of a compose file, such as `compose.yml`', { description: 'A compose file.', examples: ['compose.yml'] }), { error: 'a list of compose files, such as `[compose.yml, compose.prod.yml]`' })
    .min(1, { error: 'at least one compose file, or leave `files` out: compose then looks for its usual names' }).superRefine(once('file'))
    .meta({ description: 'Compose files in the checkout, the base first. Default: the one of the usual name, with its override.', examples: [['compose.yml', 'compose.prod.yml']] }).optional(),
  project: formed(/^[a-z0-9][a-z0-9_-]*$/, 'small letters, digits, `_` and `-`, such as `shop`', { description: 'Name of your compose project on the host. Default: what compose makes of the files.', examples: ['shop'] }).optional(),
  folder: absolute('Folder on the host that relative bind mounts mean.', '/srv/shop').optional(),
  // Not required here, so that editors let an environment inherit it.
  service: service('The service that releases replace.', 'web').optional(),
  port: whole('Port that the service listens on. Default: the only one that its compose file names.', 1, 65_535).optional(),
  publish: publish.meta({ description: 'Ports of the host that the edge publishes; an empty list: none. Default: those of the service.', examples: [[80, '127.0.0.1:8080'], []] }).optional(),
  health: formed(PATH, 'a path that begins with `/`, such as `/health`', { description: 'Path that must answer 2xx or 3xx for a release to get requests. Default: the path of `identity`.', examples: ['/health'] }).optional(),
  sticky: yesNo('Keep a client on one release by cookie.', false).optional(),
  drain: duration('Requests in flight may take so long to end before their containers are stopped.', '10s').optional(),
  keep: whole('Past releases that stay restorable.', 1, 100, 5).optional(),
  adopt: yesNo('A stack that already runs may be taken over.', false).optional(),
  edge: edge.optional(),
}, { error: 'a mapping, such as `{ host: ssh://deploy@shop.example, service: web }`' })
  .refine(({ service: own }) => own !== undefined, { error: SERVICE_FORM, path: ['service'] })
  .refine(({ service: own = '', edge: { reload = [] } = {} }) => !reload.includes(own), { error: 'a service in front: releases replace this one', path: ['edge', 'reload'] })
  .meta({ description: 'Hosts with Docker Compose, an HAProxy of ours in front of the service.', examples: [{ host: 'ssh://deploy@shop.example', files: ['compose.yml'], service: 'web' }] })

type ComposeFile = z.infer<typeof composeSchema>

export function composeOptions(file: ComposeFile, identity: IdentityRule): ComposeOptions {
  const key = file['ssh-key']
  return {
    name: 'compose',
    hosts: hostsOf(file),
    // Where nobody reaches the hosts, its variable is not put in.
    ...(key === undefined || REFERENCE.test(key.trim()) ? {} : { sshKey: key }),
    files: file.files ?? [],
    ...(file.project === undefined ? {} : { project: file.project }),
    ...(file.folder === undefined ? {} : { folder: file.folder }),
    service: file.service ?? '',
    ...(file.port === undefined ? {} : { port: file.port }),
    ...(file.publish === undefined ? {} : { publish: file.publish.map(String) }),
    healthPath: file.health ?? usualHealth(identity),
    sticky: file.sticky ?? false,
    drainMs: milliseconds(file.drain ?? '10s'),
    keep: file.keep ?? 5,
    adopt: file.adopt ?? false,
    edge: {
      image: file.edge?.image ?? 'haproxy:3.2',
      ...(file.edge?.certificate === undefined ? {} : { certificate: file.edge.certificate }),
      reload: file.edge?.reload ?? [],
    },
  }
}

function hostsOf({ host: written, 'host-keys': keys = [] }: ComposeFile): readonly ComposeHost[] {
  if (written === undefined) return [{ hostKeys: [] }]
  const all = typeof written === 'string' ? [written] : written
  const lines = (typeof keys === 'string' ? [keys] : keys).flatMap(linesIn)
  const found = all.flatMap((address) => parseHostAddress(address) ?? [])
  const keysOf = keysOfHosts(found, lines)
  return all.map((address, index) => ({ address, hostKeys: keysOf[index] ?? [] }))
}

/** What an edge can ask; a path of another form is asked by us only. */
function usualHealth({ path }: IdentityRule): string {
  return PATH.test(path) ? path : '/'
}

/** Where users reach it, when that is plain: a port that this machine publishes, without TLS in between. */
export function usualUrl({ hosts: [only], publish: [first] = [], edge: { certificate } }: ComposeOptions): string | undefined {
  const port = first === undefined ? undefined : parsePublished(first)
  return only?.address === undefined && certificate === undefined && port !== undefined ? urlOnHost(port) : undefined
}
