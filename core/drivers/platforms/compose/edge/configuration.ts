import { createHash } from 'node:crypto'
import { edgePlaces, VERSION_HEADER, INSTANCE_HEADER, type EdgePlaces, type EdgeSetup } from '../../../../domain/edge-control/index.js'
import { keeperProgram } from './keeper.js'

/** Slots per replica that a release may have: for stable, for the candidate, and for a release that is leaving and ends its last requests. */
const SHARES = 3
/** Nobody listens there: a server without a release. */
const NOWHERE = '127.0.0.1:1'
/** A replica that refuses so many connections in a row is down. */
const REFUSALS = 3
/** A line that names program and configuration; the keeper hands it on. */
const MADE = 'setenv ECLUSE_MADE '
const PLAIN = 'content-type "text/plain; charset=utf-8"'

/**
 * HAProxy's configuration for an edge. It names no release and does not change in a roll: its servers are empty slots that the keeper
 * fills. `places`: where the files are, as HAProxy sees them.
 */
export function edgeConfiguration(setup: EdgeSetup, places: EdgePlaces = edgePlaces): string {
  const slots = Array.from({ length: setup.slots * SHARES }, (_, index) => index + 1)
  const rest = [...defaults(setup), ...door(setup), ...routing(places), ...app(setup, slots), ...direct(slots), '']
  const whole = (made: string): readonly string[] => ['# Written by Ecluse; the next roll writes it again.', ...global(setup, places, slots.length, made), ...rest]
  const made = createHash('sha256').update(JSON.stringify([whole(''), keeperProgram])).digest('hex').slice(0, 16)
  return whole(made).join('\n')
}

/** What the state of an edge calls `made` once it runs by this configuration. */
export function madeOf(configuration: string): string | undefined {
  return configuration.split('\n').map((line) => line.trim()).find((line) => line.startsWith(MADE))?.slice(MADE.length)
}

function global(setup: EdgeSetup, places: EdgePlaces, pool: number, made: string): readonly string[] {
  const resolver = setup.resolver ?? { host: '127.0.0.11', port: 53 }
  return [
    'global',
    '  # One thread serves tens of thousands of requests a second, and the keeper needs no locks.',
    '  nbthread 1',
    '  # Some engines allow a billion files; HAProxy would reserve memory for them.',
    '  fd-hard-limit 100000',
    '  hard-stop-after 60s',
    '  # As much room for headers as nginx gives.',
    '  tune.bufsize 32768',
    '  ssl-default-bind-options ssl-min-ver TLSv1.2',
    '  # A round of the keeper is not interrupted by requests.',
    '  tune.lua.forced-yield 100000',
    '.if version_atleast(3.1-dev0)',
    '  tune.lua.bool-sample-conversion normal',
    '.endif',
    `  stats socket ${quoted(places.admin)} mode 600 level admin`,
    `  setenv ECLUSE_FOLDER ${quoted(places.folder)}`,
    `  setenv ECLUSE_POOL ${pool}`,
    `  ${MADE}${made}`,
    `  setenv ECLUSE_RESOLVER ${quoted(`${resolver.host}:${resolver.port}`)}`,
    `  lua-load ${quoted(places.keeper)}`,
  ]
}

function defaults({ slots }: EdgeSetup): readonly string[] {
  return [
    '',
    'defaults',
    '  mode http',
    '  # Replicas are on this host: one that takes longer is not there. Also the pause before the same server is tried again.',
    '  timeout connect 500ms',
    '  timeout check 5s',
    '  # All headers of a request must be there by then.',
    '  timeout http-request 30s',
    '  # Longer than proxies in front keep theirs (nginx 60 s, Caddy 120 s), or they would use one that is just being closed.',
    '  timeout http-keep-alive 130s',
    '  # Silence of a client in the middle of a body; silence of a release before or within an answer. A request that hangs counts as an error then.',
    '  timeout client 120s',
    '  timeout server 120s',
    '  # Websockets: silence on both sides.',
    '  timeout tunnel 1h',
    '  timeout client-fin 30s',
    '  # Only connections that did not come about are tried again, at another server: a request that was sent is never sent twice. For the',
    '  # same reason there are no kept connections to a release: one that it closes at that moment would lose a request.',
    `  retries ${slots * REFUSALS + 1}`,
    '  retry-on conn-failure',
    '  option redispatch 1',
    '  option http-server-close',
    '  http-reuse never',
    error(502, 'The release ended in the middle of its answer.'),
    error(503, 'No release serves in this environment now.', ' hdr retry-after 1'),
    error(504, 'The release did not answer in time.'),
  ]
}

function door({ address = '*', port, tls }: EdgeSetup): readonly string[] {
  const listen = (at: number): string => (address === '::' ? `  bind :::${at} v4v6` : `  bind ${address}:${at}`)
  return [
    '',
    'frontend door',
    listen(port),
    ...(tls === undefined ? [] : [`${listen(tls.port)} ssl crt ${quoted(tls.file)} alpn h2,http/1.1`]),
    '  # A new process takes over a connection only after the next answer on it: closed while it is idle it could lose a request.',
    '  option idle-close-on-response',
    '  option forwardfor',
    '  # Who ends TLS here knows better than the client; else a proxy in front does.',
    '  http-request set-header x-forwarded-proto https if { ssl_fc }',
    '  http-request set-header x-forwarded-proto http if !{ ssl_fc } !{ req.hdr(x-forwarded-proto) -m found }',
    '  http-request set-header x-forwarded-host %[req.hdr(host)] if { req.hdr(host) -m found } !{ req.hdr(x-forwarded-host) -m found }',
  ]
}

/** Follows the door's lines: in a version that needs no second frontend its rules are the door's own. */
function routing({ folder }: EdgePlaces): readonly string[] {
  const inside = quoted(`unix@${folder}/inside.sock`)
  const asks = `{ req.fhdr(${INSTANCE_HEADER}) -m found }`
  return [
    '  # When a release ends a request without an answer, HAProxy before 3.0 closes a connection that the client keeps, without a word, and',
    '  # counts nothing. Behind a socket of their own all requests are first ones, which are answered with 502.',
    '.if version_before(3.0-dev0)',
    '  default_backend inside',
    '',
    'backend inside',
    `  server inside ${inside}`,
    '',
    'frontend inside',
    `  bind ${inside} mode 600 backlog 10000`,
    '.endif',
    '  http-request set-var(txn.ecluse_began) date(0,us)',
    `  http-request set-var(txn.ecluse_slot) req.fhdr(${INSTANCE_HEADER}),lua.ecluse_named if ${asks}`,
    `  http-request return status 404 ${PLAIN} string ${text(`No instance that \`${INSTANCE_HEADER}\` names is here.`)} if ${asks} !{ var(txn.ecluse_slot) -m beg p }`,
    `  use_backend direct if ${asks}`,
    '  default_backend app',
  ]
}

function app({ healthPath, sticky }: EdgeSetup, slots: readonly number[]): readonly string[] {
  return [
    '',
    'backend app',
    '  # For requests whose replica could not be had; the others are dealt by the keeper, by the same weights.',
    '  balance roundrobin',
    '  option httpchk',
    `  http-check send meth GET uri ${quoted(healthPath)} ver HTTP/1.1 hdr host localhost hdr user-agent ecluse`,
    '  http-check expect status 200-399',
    '  http-request lua.ecluse_wait if { nbsrv lt 1 }',
    ...(sticky ? stickiness() : ['  http-request set-var(txn.ecluse_slot) str(next),lua.ecluse_dealt']),
    '  use-server %[var(txn.ecluse_slot)] if { var(txn.ecluse_slot) -m beg p }',
    '  http-after-response set-var(txn.ecluse_status) status',
    '  http-after-response set-var(txn.ecluse_took) date(0,us),sub(txn.ecluse_began)',
    ...named('srv_name,concat(" ",txn.ecluse_status),concat(" ",txn.ecluse_took),lua.ecluse_counted'),
    '  # The slots of replicas; the keeper fills them. Down after a few refused connections in a row or two missed checks, up after a good one.',
    `  default-server inter 500ms fastinter 200ms downinter 200ms fall 2 rise 1 observe layer4 error-limit ${REFUSALS} on-error mark-down`,
    ...slots.map((slot) => `  server p${slot} ${NOWHERE} weight 0 check disabled`),
    '  # The same for the replicas of stable: they serve when none of those above can.',
    ...slots.map((slot) => `  server b${slot} ${NOWHERE} weight 100 track app/p${slot} backup disabled`),
  ]
}

function direct(slots: readonly number[]): readonly string[] {
  return [
    '',
    'backend direct',
    '  # The instance that a header names, or nobody: without weight no server stands in for another.',
    '  use-server %[var(txn.ecluse_slot)] if { always_true }',
    error(503, `The instance that \`${INSTANCE_HEADER}\` names is not up.`, ' hdr retry-after 1'),
    ...named('srv_name,lua.ecluse_version'),
    ...slots.map((slot) => `  server p${slot} ${NOWHERE} weight 0 track app/p${slot}`),
  ]
}

/** Every answer of a release names its version; a word of the application's own would be taken for ours. */
function named(version: string): readonly string[] {
  return [
    `  http-after-response set-var(txn.ecluse_version) ${version}`,
    `  http-after-response del-header ${VERSION_HEADER}`,
    `  http-after-response set-header ${VERSION_HEADER} %[var(txn.ecluse_version)] if { var(txn.ecluse_version) -m len gt 0 }`,
  ]
}

function stickiness(): readonly string[] {
  return [
    '  http-request set-var(txn.ecluse_client) req.cook(ecluse)',
    '  http-request set-var(txn.ecluse_new) uuid,regsub(-,,g) if !{ var(txn.ecluse_client) -m reg ^[0-9a-f]{32}$ }',
    '  http-request set-var(txn.ecluse_client) var(txn.ecluse_new) if { var(txn.ecluse_new) -m found }',
    '  http-request set-var(txn.ecluse_slot) var(txn.ecluse_client),lua.ecluse_stuck',
    '  http-response add-header set-cookie "ecluse=%[var(txn.ecluse_new)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.ecluse_new) -m found }',
  ]
}

function error(status: number, message: string, header = ''): string {
  return `  http-error status ${status} ${PLAIN} string ${text(message)}${header}`
}

function text(message: string): string {
  return `"Ecluse: ${message}\\n"`
}

function quoted(word: string): string {
  return `'${word.replaceAll('\'', String.raw`'\''`)}'`
}
