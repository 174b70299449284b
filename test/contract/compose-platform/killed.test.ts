import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { build } from 'esbuild'
import type { PastRelease } from '../../../core/domain/platform.js'
import type { Release } from '../../../core/domain/release.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import type { Errand, Verb } from './child.js'
import { asked, containersIn, inShort, live, onTrial } from './hands.js'

jest.setTimeout(300_000)

withEngines(['docker'], 'a run that is killed in the middle', () => {
  let lab: ComposeLab
  let program: string
  let v1: Release
  let v2: Release

  beforeAll(async () => {
    lab = await composeLab({ options: { keep: 1, drainMs: 1000 } })
    program = path.join(lab.work, 'child.mjs')
    await build({
      entryPoints: [path.join('test', 'contract', 'compose-platform', 'child.ts')], outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })
    v1 = await lab.release({ version: 'v1' })
    v2 = await lab.release({ version: 'v2' })
    await live(lab, v1)
  })
  afterAll(() => lab.close())

  /** How many calls it made, when it was let live. */
  const child = async (act: Verb, dieAt: number, begun = false): Promise<number> => {
    const errand: Errand = { options: lab.options, given: { app: lab.app, environment: 'staging', url: lab.url, secretSettings: {} }, work: lab.work, act, dieAt, begun }
    const running = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...lab.docker.env } })
    let said = ''
    running.stdout.on('data', (piece) => (said += String(piece)))
    running.stdin.end(JSON.stringify(errand))
    const [code, signal] = await once(running, 'close')
    // One that had fewer calls to make than that is done.
    expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL'])
    return Number(said)
  }

  /** Goes through places to die at, spread over all of a verb's calls; `after` is what a run that comes later does. Gives the requests that failed. */
  const dying = async (act: () => Promise<Verb>, prepare: () => Promise<void>, samples: number, after: (at: number) => Promise<void>): Promise<Readonly<Record<string, number>>> => {
    await prepare()
    const all = await child(await act(), 0)
    expect(all).toBeGreaterThan(3)
    await after(0)
    const running = load({ url: lab.url, rps: 20, timeoutMs: 30_000 })
    for (let sample = 0; sample < samples; sample += 1) {
      const at = Math.min(all, 2 + Math.round((sample * (all - 2)) / (samples - 1)))
      await prepare()
      await child(await act(), at, sample % 2 === 1)
      await after(at)
    }
    return (await running.stop()).failures
  }

  const wayBack = async (at: number): Promise<void> => {
    await lab.open().abandon()
    expect([at, ...inShort(await lab.open().observe())]).toEqual([at, 'v1 well', 'none', 0])
    expect(await asked(lab.url, 5)).toEqual({ v1: 5 })
  }
  const nothing = async (): Promise<void> => undefined
  /** Whatever was left: what comes next ends as it should, with no more than is kept. */
  const wayOn = async (): Promise<void> => {
    const v3 = await lab.release({ version: 'v3' })
    await live(lab, v3)
    await live(lab, v1)
    expect(await containersIn(lab.docker, lab.scope)).toEqual(['edge running', 'v1 running', 'v3 exited'])
    expect(await asked(lab.url, 5)).toEqual({ v1: 5 })
  }

  test('at a launch, can be healed, and the next release goes its way', async () => {
    expect(await dying(async () => ({ verb: 'launch', release: v2 }), nothing, 5, wayBack)).toEqual({})
    await wayOn()
  })

  test('at a shift or on the way back, can be healed', async () => {
    expect(await dying(async () => ({ verb: 'shift', weight: 50 }), () => onTrial(lab, v2, 0), 2, wayBack)).toEqual({})
    expect(await dying(async () => ({ verb: 'abandon' }), () => onTrial(lab, v2, 50), 3, wayBack)).toEqual({})
    await wayOn()
  })

  test('at a promotion, can be asked again or taken back', async () => {
    const onePromoted = async (at: number): Promise<void> => {
      if (at % 2 === 0) await lab.open().promote()
      else await lab.open().abandon()
      const [stable, candidate, weight] = inShort(await lab.open().observe())
      expect([candidate, weight]).toEqual(['none', 0])
      // Killed when the name was given already, it is the new one that an end of trials leaves.
      expect(at % 2 === 0 ? ['v2 well'] : ['v1 well', 'v2 well']).toContain(stable)
      const version = String(stable).slice(0, 2)
      expect(await asked(lab.url, 5)).toEqual({ [version]: 5 })
      if (version === 'v2') await live(lab, v1)
    }
    expect(await dying(async () => ({ verb: 'promote' }), () => onTrial(lab, v2, 50), 4, onePromoted)).toEqual({})
    await wayOn()
  })

  test('at a return to a past release, can be asked again', async () => {
    await wayOn()
    let past: PastRelease | undefined
    const again = async (at: number): Promise<void> => {
      // As whoever asks once more does: with the release that was asked for.
      await lab.open().restore(past!)
      const { version } = past!.release
      expect([at, ...inShort(await lab.open().observe())]).toEqual([at, `${version} well`, 'none', 0])
      expect(await asked(lab.url, 5)).toEqual({ [version]: 5 })
    }
    expect(await dying(async () => {
      [past] = await lab.open().releases()
      return { verb: 'restore', past: past! }
    }, nothing, 4, again)).toEqual({})
    const running = (await containersIn(lab.docker, lab.scope)).filter((line) => line.endsWith(' running'))
    expect(running).toEqual(['edge running', `${past!.release.version} running`])
  })
})
