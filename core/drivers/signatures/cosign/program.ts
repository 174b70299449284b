import { ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { faultOf, type Ran } from './faults.js'

/** The registry's credentials as `docker` has them, those of key services, and where signatures are kept when not beside the image. */
const INHERITED = [
  'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'GNUPGHOME', 'PASSWORD_STORE_*',
  'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*', 'VAULT_*', 'TRANSIT_SECRET_ENGINE_PATH', 'COSIGN_REPOSITORY', 'TUF_ROOT',
]

const HELP_MS = 20_000
export const ASK_MS = 60_000
export const SIGN_MS = 180_000

export interface Call {
  /** What we are doing, for error messages. */
  readonly what: string
  /** What follows `cosign`; an image comes last. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The cosign of this machine. */
export interface Cosign {
  /** Any way of ending by itself is an answer. Rejects when it could not run or was stopped. */
  ask(call: Call): Promise<Ran>
  /** Rejects when it failed. */
  do(call: Call): Promise<Ran>
  /** What its version needs to read and write signatures as bundles. */
  bundles(): Promise<readonly string[]>
  /** What its version needs to find the services of Sigstore by itself. */
  services(): Promise<readonly string[]>
}

export interface CosignOptions {
  /** Folder with the credentials of registries, in place of the user's own. */
  readonly dockerConfig?: string
}

export function cosignProgram({ dockerConfig }: CosignOptions, ambient: Ambient): Cosign {
  const run = async ({ what, argv, env, timeoutMs }: Call): Promise<Ran> => {
    const command = ['cosign', ...argv] as const
    const own = { COSIGN_PASSWORD: '', ...(dockerConfig === undefined ? {} : { DOCKER_CONFIG: dockerConfig }), ...env }
    try {
      return { argv: command, ...(await ambient.process.run({ what, argv: command, env: own, inherit: INHERITED, timeoutMs, accept: [0, 1, 10, 11, 12, 13] })) }
    } catch (fault) {
      throw fault instanceof ProcessError && fault.code === 'program-missing' ? missing(what) : fault
    }
  }
  let help: Promise<string> | undefined
  const flags = (): Promise<string> => (help ??= flagsOf(run))
  return {
    ask: async (call) => (await flags(), run(call)),
    async do(call) {
      await flags()
      const ran = await run(call)
      if (ran.exitCode !== 0) throw faultOf(call.what, ran)
      return ran
    },
    bundles: async () => ((await flags()).includes('--new-bundle-format') ? ['--new-bundle-format'] : []),
    services: async () => ((await flags()).includes('--use-signing-config') ? ['--use-signing-config'] : []),
  }
}

/** By its help, not its version: builds of distributions do not know theirs. */
async function flagsOf(run: (call: Call) => Promise<Ran>): Promise<string> {
  const ran = await run({ what: 'ask cosign what it can do', argv: ['sign', '--help'], timeoutMs: HELP_MS })
  const help = ran.stdout + ran.stderr
  if (ran.exitCode === 0 && help.includes('--signing-config') && help.includes('--trusted-root')) return help
  const message = 'The installed `cosign` is too old: it knows no `--signing-config`, and does not read what newer ones sign.'
  throw new ProcessError('signer-missing', { message, argv: ran.argv, exitCode: ran.exitCode, tail: [] })
}

function missing(what: string): ProcessError {
  return new ProcessError('signer-missing', { message: `Could not ${what}: \`cosign\` is not installed.`, argv: ['cosign'], tail: [] })
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?\//

/** Only a registry of this very machine is spoken to without TLS. */
export function reaching(image: string): readonly string[] {
  return LOOPBACK.test(image) ? ['--allow-http-registry'] : []
}
