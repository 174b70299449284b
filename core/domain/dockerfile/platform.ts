/** A platform as image indexes name it. */
export interface PlatformOf {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
}

/** `linux/arm64/v8` in its parts; `undefined` for anything else. */
export function platformIn(text: string): PlatformOf | undefined {
  const { os, architecture, variant } = /^(?<os>[a-z0-9]+)\/(?<architecture>[a-z0-9_]+)(?:\/(?<variant>v[0-9.]+))?$/.exec(text)?.groups ?? {}
  if (os === undefined || architecture === undefined) return undefined
  return { architecture, os, ...(variant === undefined ? {} : { variant }) }
}

export function platformText({ os, architecture, variant }: PlatformOf): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** A base for `arm64` serves `arm64/v8` too, which is only its longer name. */
export function samePlatform(a: PlatformOf, b: PlatformOf): boolean {
  const variant = (one: PlatformOf): string => one.variant ?? (one.architecture === 'arm64' ? 'v8' : '')
  return a.os === b.os && a.architecture === b.architecture && variant(a) === variant(b)
}

/** Arguments that are there without being given. */
export function automaticArguments(platform: PlatformOf): ReadonlyMap<string, string> {
  return new Map([
    ['TARGETPLATFORM', platformText(platform)],
    ['TARGETOS', platform.os],
    ['TARGETARCH', platform.architecture],
    ['TARGETVARIANT', platform.variant ?? ''],
  ])
}

/** They name the machine that builds: an image must not depend on it. */
export const machineArguments: readonly string[] = ['BUILDPLATFORM', 'BUILDOS', 'BUILDARCH', 'BUILDVARIANT']

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']

/** May be given without an ARG; they serve downloads only, so they are no part of the image. */
export const undeclaredArguments: readonly string[] = [...PROXIES, ...PROXIES.map((name) => name.toLowerCase())]
