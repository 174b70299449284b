import { EcluseError, ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { Credentials, LoggedIn } from '../../../ports/registry-login.js'

const LOGIN_MS = 60_000
/** The name under which the post step finds what a killed run left. */
const REMEMBERED = 'docker-settings'

/**
 * Logs in for this run alone: into a folder of its own that goes when the run ends. What the user's settings say otherwise (credential
 * helpers, other logins, contexts, builders, plug-ins) still counts. Rejects with `registry-refused` when the registry says no.
 */
export async function logIn(given: Credentials, engine: Engine, ambient: Ambient): Promise<LoggedIn> {
  const { files } = ambient
  const folder = await files.temporary('ecluse-docker-')
  ambient.remember(REMEMBERED, folder)
  const close = async (): Promise<void> => {
    await files.remove(folder)
    ambient.remember(REMEMBERED, '')
  }
  const env = { DOCKER_CONFIG: folder, ...(given.builders !== undefined ? {} : given.settings === undefined ? {} : { BUILDX_CONFIG: `${given.settings}/buildx` }) }
  try {
    await files.write(`${folder}/config.json`, await settingsFor(given, ambient), { mode: 0o600 })
    // Contexts lie beside the file that names the current one.
    if (given.settings !== undefined && (await files.info(`${given.settings}/contexts`)) !== undefined) await files.link(`${given.settings}/contexts`, `${folder}/contexts`)
    await engine.run({ what: `log in to \`${given.registry}\` as \`${given.username}\``, argv: ['login', '--username', given.username, '--password-stdin', given.registry], env, stdin: given.password, timeoutMs: LOGIN_MS })
    return { env, close }
  } catch (thrown) {
    await close()
    throw refusal(thrown, given)
  }
}

/** The user's settings, but with the credentials of this registry in the file itself: a store would keep them. */
async function settingsFor({ settings, registry }: Credentials, { files, log }: Ambient): Promise<string> {
  const own = settings === undefined ? undefined : parsed(await files.textIfThere(`${settings}/config.json`))
  if (own === 'broken') log.warn(`Docker's settings in \`${settings}/config.json\` are not JSON: they are passed over.`)
  const known = own === undefined || own === 'broken' ? {} : own
  const server = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry
  const { auths, credHelpers, cliPluginsExtraDirs } = known
  return JSON.stringify({
    ...known,
    auths: mapping(auths),
    credHelpers: { ...mapping(credHelpers), [server]: '' },
    cliPluginsExtraDirs: [...(Array.isArray(cliPluginsExtraDirs) ? cliPluginsExtraDirs : []), ...(settings === undefined ? [] : [`${settings}/cli-plugins`])],
  })
}

function parsed(source: string | undefined): Readonly<Record<string, unknown>> | 'broken' | undefined {
  if (source === undefined) return undefined
  try {
    return mapping(JSON.parse(source))
  } catch {
    return 'broken'
  }
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}
}

function refusal(thrown: unknown, { registry, username }: Credentials): unknown {
  if (!(thrown instanceof EcluseError) || thrown.code !== 'registry-refused') return thrown
  const { argv, tail, exitCode } = thrown instanceof ProcessError ? thrown : { argv: [], tail: [], exitCode: undefined }
  return new ProcessError('registry-refused', {
    message: `Could not log in: \`${registry}\` does not accept the password of \`${username}\`${tail.length === 0 ? '' : ` ("${tail.at(-1)}")`}.`,
    fix: 'Correct `build.login` in the configuration (for `build-image` also `registry-username` and `registry-password`); many registries want an access token there.',
    argv, tail, ...(exitCode === undefined ? {} : { exitCode }), cause: thrown,
  })
}
