import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { statSync } from 'node:fs'
import { withEngines } from '../../support/engines/index.js'
import { edgeLab, type Arm, type EdgeLab } from './lab.js'

withEngines(['haproxy'], 'a person at an edge', (pathOf) => {
  let lab: EdgeLab
  let stable: Arm
  let candidate: Arm
  beforeEach(async () => {
    lab = await edgeLab(pathOf('haproxy'))
    await lab.start()
    stable = await lab.arm('v1')
    candidate = await lab.arm('v2')
    await lab.wish({ stable, candidate, weight: 0 })
  })
  afterEach(() => lab.close())

  const slotOf = async (arm: Arm): Promise<string> => {
    const rows = (await lab.operate('show servers state app')).split('\n').map((row) => row.split(' '))
    const row = rows.find((fields) => fields[4] === arm.replicas[0]!.address)
    return `app/${row![3]}`
  }

  test('who changes a weight by hand has changed it, and the state says so, until the next wish', async () => {
    await lab.operate(`set server ${await slotOf(candidate)} weight 3`)
    expect(await lab.until(({ weight }) => weight === 75)).toMatchObject({ revision: 1 })
    expect(await lab.many(40)).toEqual({ v1: 10, v2: 30 })
    await lab.operate(`set server ${await slotOf(candidate)} weight 2`)
    await lab.until(({ weight }) => weight === 66.67)
    expect(await lab.wish({ stable, candidate, weight: 5 })).toMatchObject({ weight: 5 })
  })

  test('who takes a server out has taken it out', async () => {
    await lab.wish({ stable, candidate, weight: 100 })
    await lab.operate(`set server ${await slotOf(candidate)} state drain`)
    expect(await lab.until(({ weight }) => weight === 0)).toMatchObject({ fallen: false, arms: [{ up: 1 }, { up: 1 }] })
    expect(await lab.many(5)).toEqual({ v1: 5 })
    await lab.operate(`set server ${await slotOf(candidate)} state ready`)
    await lab.until(({ weight }) => weight === 100)
    await lab.operate(`set server ${await slotOf(candidate)} state maint`)
    expect(await lab.until(({ fallen }) => fallen)).toMatchObject({ weight: 0, arms: [{ up: 1 }, { up: 0 }] })
    expect(await lab.many(5)).toEqual({ v1: 5 })
  })

  test('the socket is for the owner of the folder alone', () => {
    expect(statSync(lab.places.admin).mode & 0o777).toBe(0o600)
  })

  test('a slot without a release leads nowhere, also for who makes it ready', async () => {
    const slot = await slotOf(candidate)
    await lab.wish({ stable, weight: 0 })
    expect((await lab.operate('show servers state app')).split('\n').map((row) => row.split(' ')).find((row) => `app/${row[3]}` === slot)?.[4]).toBe('127.0.0.1')
    await lab.operate(`set server ${slot} state ready`)
    await lab.operate(`set server ${slot} weight 100`)
    expect(await lab.many(20)).toEqual({ v1: 20 })
    expect(candidate.replicas[0]!.asked).toEqual([])
  })
})
