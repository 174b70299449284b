const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** What is used, of `12.5MiB / 1.9GiB` as `docker stats` has it; `undefined` for a container that has ended (`-- / --`, `0B / 0B`). */
export function bytesOf(usage: string): number | undefined {
  const [, count, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)/.exec(usage) ?? []
  const bytes = Number(count) * (UNITS[unit] ?? Number.NaN)
  return bytes > 0 ? bytes : undefined
}
