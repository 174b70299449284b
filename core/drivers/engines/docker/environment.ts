/**
 * Which engine, which builder, and how its registries know the user: `docker`, its plug-ins and its credential helpers
 * read these. The runner's three last are what `type=gha` caches are reached by.
 */
const DOCKERS = [
  'DOCKER_*', 'BUILDX_*', 'BUILDKIT_*', 'COMPOSE_*', 'SOURCE_DATE_EPOCH',
  'SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'DBUS_SESSION_BUS_ADDRESS', 'ALL_PROXY', 'all_proxy', 'FTP_PROXY', 'ftp_proxy',
  'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*', 'GNUPGHOME', 'PASSWORD_STORE_*',
  'ACTIONS_CACHE_*', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_*',
]

/** What `docker` gets of the environment of this process. */
export function inherited(userEnvironment = false): readonly string[] {
  return userEnvironment ? ['*', ...DOCKERS] : DOCKERS
}

/** Set for an engine that we reach ourselves: what would lead `docker` elsewhere, or to TLS, is empty. */
export function leadingTo(socket: string): Readonly<Record<string, string>> {
  return { DOCKER_HOST: `unix://${socket}`, DOCKER_CONTEXT: '', DOCKER_TLS: '', DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '' }
}
