import type { Fields } from './literal.js'

/** A port of the host that leads to the service. */
export interface Published {
  /** Absent: every address of the host. IPv6 without its brackets. */
  readonly address?: string
  /** Absent: the engine picks one. */
  readonly port?: number
}

export interface StackNetwork {
  /** As the engine knows it. */
  readonly name: string
  /** As the compose files call it. */
  readonly key: string
  /** Made by somebody else than compose. */
  readonly external: boolean
  /** Names that other services find this one by, beside its own. */
  readonly aliases: readonly string[]
  /** Addresses that it always has. */
  readonly ipv4?: string
  readonly ipv6?: string
}

export interface StackVolume {
  readonly name: string
  readonly key: string
  readonly external: boolean
}

export const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const
export type Condition = (typeof conditions)[number]

export interface Dependency {
  readonly service: string
  readonly condition: Condition
  /** Without it the service may start all the same. */
  readonly required: boolean
}

/** All that compose knows, resolved: texts are what they mean (`$` is a `$`), paths are those of the host. */
export interface Model {
  readonly services: Readonly<Record<string, Fields>>
  readonly networks: Fields
  readonly volumes: Fields
  readonly secrets: Fields
  readonly configs: Fields
}

/** The user's compose files, with the service under delivery. */
export interface Stack {
  /** Name of the user's compose project. */
  readonly project: string
  /** `docker compose …` of the user's own project; run it in `checkout`, with the user's environment. */
  readonly argv: readonly string[]
  readonly checkout: string
  /** Folder that compose reads `.env` from. */
  readonly projectFolder: string
  /** Relative bind mounts mean another folder than that of the checkout: then `argv` can't start anything. */
  readonly moved: boolean
  readonly service: string
  /** The service as it is resolved. */
  readonly definition: Fields
  /** That it listens on. */
  readonly port: number
  /** Containers that each release has: `deploy.replicas` or `scale`. */
  readonly replicas: number
  readonly published: readonly Published[]
  /** Of the service; at least one. */
  readonly networks: readonly StackNetwork[]
  /** Named volumes of the service. */
  readonly volumes: readonly StackVolume[]
  /** Of the service itself. */
  readonly dependencies: readonly Dependency[]
  /** Those and their own, without the service. */
  readonly needed: readonly string[]
  /** Service → why it could not be started from here: variables that are not set, bind mounts of the checkout on another host. */
  readonly unready: Readonly<Record<string, readonly string[]>>
  /** Services that keep the address of a name, and look it up again on SIGHUP. */
  readonly reload: readonly string[]
  readonly model: Model
  /** The compose files have a healthcheck; without one the image may still bring its own. */
  readonly healthcheck: boolean
  /** For people, once. */
  readonly warnings: readonly string[]
  /** Names of the containers of one launch; others on its networks find them by these. */
  containersOf(scope: string, instance: string): readonly string[]
}

/** Containers of one release at most: what an edge has room for. */
export const MOST_REPLICAS = 8
