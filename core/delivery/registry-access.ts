import { registryOf } from '../domain/image-name.js'
import type { BuildSettings } from '../domain/environment.js'
import type { Ambient } from '../ports/ambient.js'
import type { LoggedIn, LogIn } from '../ports/registry-login.js'

type Variables = Readonly<Record<string, string | undefined>>

/** What docker is led to while the work goes on: settings of its own where a login was given, else the user's. They are gone afterwards. */
export async function withLogin<T>({ login, repository }: Pick<BuildSettings, 'login' | 'repository'>, env: Variables, logIn: LogIn, work: (docker: LoggedIn['env']) => Promise<T>): Promise<T> {
  const settings = env['DOCKER_CONFIG'] ?? (env['HOME'] === undefined ? undefined : `${env['HOME']}/.docker`)
  // Where docker's settings are is said in either case: its credentials are read there.
  if (login === undefined || repository === undefined) return work(settings === undefined ? {} : { DOCKER_CONFIG: settings })
  const loggedIn = await logIn({ registry: registryOf(repository), ...login, ...(settings === undefined ? {} : { settings }), ...(env['BUILDX_CONFIG'] === undefined ? {} : { builders: env['BUILDX_CONFIG'] }) })
  try {
    return await work(loggedIn.env)
  } finally {
    await loggedIn.close()
  }
}

/** Takes off the disk what a run left that was killed before it could; for post steps. */
export async function forgetLogin(state: Readonly<Record<string, string>>, { files, log }: Ambient): Promise<void> {
  const folder = state['docker-settings']
  if (folder === undefined || !/\/ecluse-docker-[^/]+$/.test(folder) || (await files.info(folder)) === undefined) return
  await files.remove(folder)
  log.warn('Removed the login to the registry that an ended run left.')
}
