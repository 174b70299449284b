import { registryOf } from '../../core/domain/image-name.js'
import type { BuildSettings } from '../../core/domain/environment.js'
import type { LoggedIn, LogIn } from '../../core/ports/registry-login.js'

type Variables = Readonly<Record<string, string | undefined>>

/** What docker is led to while the work goes on: settings of its own where a login was given, else the user's. They are gone afterwards. */
export async function withLogin<T>({ login, repository }: Pick<BuildSettings, 'login' | 'repository'>, env: Variables, logIn: LogIn, work: (docker: LoggedIn['env']) => Promise<T>): Promise<T> {
  if (login === undefined || repository === undefined) return work({})
  const settings = env['DOCKER_CONFIG'] ?? (env['HOME'] === undefined ? undefined : `${env['HOME']}/.docker`)
  const loggedIn = await logIn({ registry: registryOf(repository), ...login, ...(settings === undefined ? {} : { settings }), ...(env['BUILDX_CONFIG'] === undefined ? {} : { builders: env['BUILDX_CONFIG'] }) })
  try {
    return await work(loggedIn.env)
  } finally {
    await loggedIn.close()
  }
}
