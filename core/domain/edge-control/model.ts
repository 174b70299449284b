import type { ArmName, Percent } from '../platform.js'

/** Where one replica answers: a container's name on the edge's networks, and its port. Names, since addresses change with a reboot. */
export interface EdgeServer {
  readonly host: string
  readonly port: number
}

/** One release behind the edge. */
export interface EdgeArm {
  /** The platform's id of this launch: samples and the header that reaches it carry it. */
  readonly instance: string
  readonly version: string
  readonly servers: readonly EdgeServer[]
}

/** What the edge shall do, as the platform's driver writes it; it is kept on the host, so that a restart finds it. */
export interface EdgeWish {
  /** Rises by one with each. */
  readonly revision: number
  readonly stable?: EdgeArm
  readonly candidate?: EdgeArm
  /** Percent of live requests that the candidate gets. */
  readonly weight: Percent
  /**
   * The dead-man's switch: `inMs` after the edge first read this revision (its own clock) stable gets everything. `at` is the
   * same moment by the clock of whoever asked (epoch ms), only to be told.
   */
  readonly returns?: { readonly at: number; readonly inMs: number }
}

/** What the edge saw last. */
export interface EdgeState {
  /** The newest wish in effect. */
  readonly revision: number
  /** The host's clock (epoch ms) when this was written: an old one is the word of an edge that stands still. */
  readonly at: number
  /** What new requests get now, from the real weights and states of the servers; also when a person changed them. */
  readonly weight: Percent
  /** The candidate was down while it had traffic; everything went to stable, and stays there until the next wish. */
  readonly fallen: boolean
  /** The dead-man's switch of this revision has sent everything to stable. */
  readonly returned: boolean
  /** `at` of the wish, while the switch is armed. */
  readonly returnsAt?: number
  /** By which program and configuration it runs, as the configuration names them. */
  readonly made?: string
  readonly arms: readonly EdgeArmState[]
}

export interface EdgeArmState {
  readonly arm: ArmName
  readonly instance: string
  readonly version: string
  /** Replicas that pass the edge's own health check, of `servers`. */
  readonly up: number
  readonly servers: number
  /** Requests in flight. */
  readonly active: number
  /** Cumulative since the instance was first behind this edge, over restarts; without requests that ask for the instance by header. */
  readonly requests: number
  /** Answers with 5xx, and requests that got no answer from it. */
  readonly errors: number
  /** How many answers took at most each of `latencyBounds` ms, not cumulative over bounds; the last counts all slower ones. */
  readonly latency: readonly number[]
}

/** How an edge is set up; a change means a new configuration file. */
export interface EdgeSetup {
  /** Port that it listens on inside its container. */
  readonly port: number
  /** Address that it listens on; absent: every IPv4 address. `::`: every address, where the container has IPv6. */
  readonly address?: string
  /** Replicas that each release can have. */
  readonly slots: number
  /** Must answer 2xx or 3xx. */
  readonly healthPath: string
  /** Keep a client on one release by cookie. */
  readonly sticky: boolean
  /** Ends TLS with the PEM file (certificate and key) at this place in the container. */
  readonly tls?: { readonly port: number; readonly file: string }
  /** DNS over TCP that knows the replicas' names; absent: the engine's own, 127.0.0.11. */
  readonly resolver?: { readonly host: string; readonly port: number }
}
