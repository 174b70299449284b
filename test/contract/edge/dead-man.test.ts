import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type Arm, type EdgeLab } from './lab.js'

// In front of the keeper: the host's clock, moved by the seconds in a file. (Node can't move the real one.)
const CLOCK = String.raw`
local file = os.getenv("ECLUSE_FOLDER") .. "/moved"
local time, now = os.time, core.now
local function moved() local f = io.open(file); if not f then return 0 end; local by = f:read("n"); f:close(); return by or 0 end
os.time = function() return time() + moved() end
core.now = function() local at = now(); return { sec = at.sec + moved(), usec = at.usec } end
`
/** Each look at the clock that does not jump is a while after the one before, as on a machine that is busy. */
const HURRY = String.raw`
local open, looks = io.open, 0
io.open = function(path, mode)
  local file = open(path, mode)
  if path ~= "/proc/uptime" then return file end
  looks = looks + 1
  local text = string.format("%.2f 0\n", file:read("n") + looks * 0.03)
  file:close()
  return { read = function() return text end, close = function() return true end }
end
`
const HOUR = 3600

withEngines(['haproxy'], 'the dead-man\'s switch of an edge', (pathOf) => {
  let lab: EdgeLab
  let arms: { readonly stable: Arm; readonly candidate: Arm }
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'), {
      change: (text, { folder }) => {
        writeFileSync(`${folder}/clock.lua`, CLOCK)
        return text.replace('  lua-load', `  lua-load '${folder}/clock.lua'\n  lua-load`)
      },
    })
    await lab.start()
    arms = { stable: await lab.arm('v1'), candidate: await lab.arm('v2') }
  })
  afterEach(() => lab.close())

  const move = (seconds: number): void => writeFileSync(`${lab.places.folder}/moved`, String(seconds))
  const returns = (inMs: number): { readonly returns: { readonly at: number; readonly inMs: number } } => ({ returns: { at: 1_800_000_000_123, inMs } })
  const shots = (): number => lab.told().split('nobody extended the deadline').length - 1

  test('sends everything to stable when its time has come, once, until the next wish', async () => {
    await lab.wish({ ...arms, weight: 0 })
    // Its time runs from the wish on, not from when all are up.
    const armed = await lab.wish({ ...arms, weight: 50, ...returns(3000) })
    expect(armed).toMatchObject({ weight: 50, returned: false, returnsAt: 1_800_000_000_123 })
    const seen = await lab.until(({ returned }) => returned)
    expect(seen).toMatchObject({ weight: 0, fallen: false })
    expect(seen.returnsAt).toBeUndefined()
    expect(await lab.many(20)).toEqual({ v1: 20 })
    await lab.kill()
    await lab.start()
    await lab.until(({ at }) => at > seen.at + 1500)
    expect(lab.state()).toMatchObject({ returned: true, weight: 0 })
    expect(shots()).toBe(1)
    expect(await lab.wish({ ...arms, weight: 50 })).toMatchObject({ returned: false, weight: 50 })
  })

  test('gives nothing for not even a moment where its time has come before the wish', async () => {
    const busy = await edgeLab(pathOf('haproxy'), {
      change: (text, { folder }) => {
        writeFileSync(`${folder}/hurry.lua`, HURRY)
        return text.replace('  lua-load', `  lua-load '${folder}/hurry.lua'\n  lua-load`)
      },
    })
    try {
      await busy.start()
      const both = { stable: await busy.arm('v1'), candidate: await busy.arm('v2') }
      await busy.wish({ ...both, weight: 0 })
      // The first state that knows of the wish is what its maker goes by.
      expect(await busy.wish({ ...both, weight: 25, ...returns(0) }, { up: false })).toMatchObject({ weight: 0, returned: true })
    } finally {
      await busy.close()
    }
  })

  test('a new wish extends it, or switches it off', async () => {
    await lab.wish({ ...arms, weight: 0 })
    await lab.wish({ ...arms, weight: 50, ...returns(3000) })
    await lab.wish({ ...arms, weight: 50, ...returns(600_000) })
    const { at } = lab.state()
    await lab.until((state) => state.at > at + 4000)
    expect(lab.state()).toMatchObject({ weight: 50, returned: false, returnsAt: 1_800_000_000_123 })
    await lab.wish({ ...arms, weight: 25 })
    expect(lab.state().returnsAt).toBeUndefined()
    expect(shots()).toBe(0)
  })

  test('goes on over a restart, and what passed meanwhile counts', async () => {
    await lab.wish({ ...arms, weight: 50, ...returns(3_600_000) })
    await lab.kill()
    const before = Date.now()
    await lab.start()
    // Not the word of the one that was killed, and not before the first checks.
    const after = await lab.until(({ arms: seen, at }) => at > before && seen.every(({ up }) => up === 1))
    expect(after).toMatchObject({ weight: 50, returned: false, returnsAt: 1_800_000_000_123 })
    const left = (): number => Number(/^deadline \d+ (\d+)$/m.exec(readFileSync(lab.places.state, 'utf8'))![1])
    expect(left()).toBeLessThan(3_600_000)
    await lab.kill()
    move(2 * HOUR)
    await lab.start()
    expect(await lab.until(({ returned }) => returned)).toMatchObject({ weight: 0 })
    expect(await lab.many(10)).toEqual({ v1: 10 })
  })

  test('a clock that is set forward does not let it go early, one set back does not hold it up', async () => {
    await lab.wish({ ...arms, weight: 50, ...returns(600_000) })
    move(2 * HOUR)
    const now = Date.now()
    await lab.until(({ at }) => at > now + HOUR * 1000)
    expect(lab.state()).toMatchObject({ weight: 50, returned: false })
    await lab.wish({ ...arms, weight: 50, ...returns(1500) })
    move(-2 * HOUR)
    expect(await lab.until(({ returned }) => returned)).toMatchObject({ weight: 0 })
  })

  test('a wish whose state could not be written does not begin again after a restart: the candidate gets nothing until the next one', async () => {
    await lab.wish({ ...arms, weight: 0 })
    const before = readFileSync(lab.places.state)
    await lab.wish({ ...arms, weight: 50, ...returns(3_600_000) })
    await lab.kill()
    writeFileSync(lab.places.state, before)
    await lab.start()
    expect(await lab.until(({ revision, arms: seen }) => revision === 2 && seen.every(({ up }) => up === 1))).toMatchObject({ weight: 0, returned: true })
    expect(lab.told()).toContain('candidate v2 gets nothing until the next wish after 2')
    expect(await lab.many(10)).toEqual({ v1: 10 })
    expect(await lab.wish({ ...arms, weight: 50 })).toMatchObject({ weight: 50, returned: false })
  })

  test('a wish that can not be kept gives the candidate nothing: after a restart nobody would know that it had begun', async () => {
    await lab.wish({ ...arms, weight: 0 })
    mkdirSync(`${lab.places.wish}.kept.new`)
    expect(await lab.wish({ ...arms, weight: 50, ...returns(3_600_000) })).toMatchObject({ weight: 0, returned: true })
    await lab.kill()
    const before = Date.now()
    await lab.start()
    await lab.until(({ arms: seen, at }) => at > before && seen.every(({ up }) => up === 1))
    expect(lab.state()).toMatchObject({ weight: 0, returned: true })
    rmdirSync(`${lab.places.wish}.kept.new`)
    expect(await lab.wish({ ...arms, weight: 50 })).toMatchObject({ weight: 50, returned: false })
  })

  test('a clock that is set back over a restart does not give it more time than was left', async () => {
    await lab.wish({ ...arms, weight: 50, ...returns(2500) })
    await lab.kill()
    move(-2 * HOUR)
    await lab.start()
    expect(await lab.until(({ returned }) => returned)).toMatchObject({ weight: 0 })
  })
})
