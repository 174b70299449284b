import type { BuilderName, ComposeOptions, SignWith } from '../domain/environment.js'
import type { ScanDatabase, ScannerName, ScanPolicy } from '../domain/vulnerability.js'
import type { Ambient } from '../ports/ambient.js'
import type { Builder } from '../ports/builder.js'
import type { Engine, EngineCall } from '../ports/engine.js'
import type { ImageArchives } from '../ports/image-archives.js'
import type { ImageRegistry } from '../ports/image-registry.js'
import type { Scanner, ScannerProgram } from '../ports/scanner.js'
import type { Signatures, Signer } from '../ports/signatures.js'
import type { Credentials, LoggedIn } from '../ports/registry-login.js'

/** What makes, moves, examines and runs images; like the other registry, each driver loads when it is first opened. */
const engines = {
  docker: async ({ hosts, sshKey }, ambient) => {
    const { dockerEngine } = await import('./engines/docker/index.js')
    return hosts.map((host) => dockerEngine({ ...host, ...(sshKey === undefined ? {} : { sshKey }) }, ambient))
  },
} satisfies Record<'docker', (options: Pick<ComposeOptions, 'hosts' | 'sshKey'>, ambient: Ambient) => Promise<readonly Engine[]>>

/** Variables that lead docker and what reads its settings to other ones; see `logIntoRegistry`. */
export type DockerVariables = Readonly<Record<string, string>>

const builders = {
  'oci-layout': async (_docker, ambient) => {
    const { ociLayoutBuilder } = await import('./builders/oci-layout/index.js')
    return ociLayoutBuilder(ambient)
  },
  buildx: async (docker, ambient) => {
    const { buildxBuilder } = await import('./builders/buildx/index.js')
    return buildxBuilder(await localEngine(ambient, docker), await registries.docker(docker, ambient), ambient)
  },
} satisfies Record<BuilderName, (docker: DockerVariables, ambient: Ambient) => Promise<Builder>>

const registries = {
  docker: async (docker, ambient) => {
    const { dockerRegistry } = await import('./registries/docker/index.js')
    return dockerRegistry(await localEngine(ambient, docker), docker['DOCKER_CONFIG'], ambient)
  },
} satisfies Record<'docker', (docker: DockerVariables, ambient: Ambient) => Promise<ImageRegistry>>

const archives = {
  'oci-layout': async (_docker, ambient) => {
    const { ociLayoutArchives } = await import('./archives/oci-layout/index.js')
    return ociLayoutArchives(ambient)
  },
  docker: async (docker, ambient) => {
    const { dockerArchives } = await import('./archives/docker/index.js')
    return dockerArchives(await localEngine(ambient, docker), ambient.files)
  },
} satisfies Record<'oci-layout' | 'docker', (docker: DockerVariables, ambient: Ambient) => Promise<ImageArchives>>

const scanners = {
  'osv-scanner': async (database, program, ambient) => {
    const { osvScanner } = await import('./scanners/osv-scanner/index.js')
    return osvScanner(database, program, ambient)
  },
  grype: async (database, program) => {
    const { grypeScanner } = await import('./scanners/grype/index.js')
    return grypeScanner(database, program)
  },
  trivy: async (database, program) => {
    const { trivyScanner } = await import('./scanners/trivy/index.js')
    return trivyScanner(database, program)
  },
} satisfies Record<ScannerName, (database: ScanDatabase, program: ScannerProgram, ambient: Ambient) => Promise<Scanner>>

const scannerPrograms = {
  program: async (name, ambient) => {
    const { scannerProgram } = await import('./scanners/program/index.js')
    return scannerProgram(name, ambient)
  },
} satisfies Record<'program', (name: ScannerName, ambient: Ambient) => Promise<ScannerProgram>>

type Variables = Readonly<Record<string, string | undefined>>

const signatures = {
  cosign: async ({ DOCKER_CONFIG: dockerConfig }, ambient) => {
    const { cosignSignatures } = await import('./signatures/cosign/index.js')
    return cosignSignatures(dockerConfig === undefined ? {} : { dockerConfig }, ambient)
  },
} satisfies Record<SignWith['name'], (docker: DockerVariables, ambient: Ambient) => Promise<Signatures>>

const signers = {
  cosign: async (signWith, env, dockerConfig, ambient) => {
    const { cosignSigner } = await import('./signatures/cosign/index.js')
    return cosignSigner(signWith, env, dockerConfig === undefined ? {} : { dockerConfig }, ambient)
  },
} satisfies Record<SignWith['name'], (signWith: SignWith, env: Variables, dockerConfig: string | undefined, ambient: Ambient) => Promise<Signer>>

/** The Docker Engines of the hosts, in their order; nothing is asked of them yet. */
export async function openEngines(options: Pick<ComposeOptions, 'hosts' | 'sshKey'>, ambient: Ambient, docker: DockerVariables = {}): Promise<readonly Engine[]> {
  return (await engines.docker(options, ambient)).map((engine) => ledBy(engine, docker))
}

function ledBy(engine: Engine, docker: DockerVariables): Engine {
  const led = (call: EngineCall): EngineCall => ({ ...call, env: { ...docker, ...call.env } })
  return { ...engine, run: (call) => engine.run(led(call)), stream: (call) => engine.stream(led(call)) }
}

async function localEngine(ambient: Ambient, docker: DockerVariables = {}): Promise<Engine> {
  const [engine] = await openEngines({ hosts: [{ hostKeys: [] }] }, ambient, docker)
  return engine!
}

/** Credentials for this run alone: give its variables to what is opened, and close it at the end. */
export async function logIntoRegistry(credentials: Credentials, ambient: Ambient): Promise<LoggedIn> {
  const { logIn } = await import('./registries/docker/login.js')
  return logIn(credentials, await localEngine(ambient), ambient)
}

/** The registry that images are pushed to, with the credentials that `docker` has. */
export function openImageRegistry(ambient: Ambient, docker: DockerVariables = {}): Promise<ImageRegistry> {
  return registries.docker(docker, ambient)
}

/** The scanner of this machine that a policy names. */
export async function openScanner({ scanner, database }: Pick<ScanPolicy, 'scanner' | 'database'>, ambient: Ambient): Promise<Scanner> {
  return scanners[scanner](database, await scannerPrograms.program(scanner, ambient), ambient)
}

/** Images as files, from wherever their references say they are. */
export function openImageArchives(ambient: Ambient, docker: DockerVariables = {}): ImageArchives {
  return {
    async save(image, platform, file) {
      const place = await archives[image.startsWith('oci-layout://') ? 'oci-layout' : 'docker'](docker, ambient)
      await place.save(image, platform, file)
    },
  }
}

/** Who signed images, found out with the credentials that `docker` has. */
export function openSignatures(ambient: Ambient, docker: DockerVariables = {}): Promise<Signatures> {
  return signatures.cosign(docker, ambient)
}

/** `env` says which identity this job has; `dockerConfig` is a folder with credentials in place of the user's own. */
export function openSigner(signWith: SignWith, env: Variables, dockerConfig: string | undefined, ambient: Ambient): Promise<Signer> {
  return signers[signWith.name](signWith, env, dockerConfig, ambient)
}

export function openBuilder(name: BuilderName, ambient: Ambient, docker: DockerVariables = {}): Promise<Builder> {
  return builders[name](docker, ambient)
}
