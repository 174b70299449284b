import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Release } from '../../../core/domain/release.js'
import { composeFile, composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'
import { asked, compose, containersIn, inShort, live, onTrial, plan, seenAs } from './hands.js'

withEngines(['docker'], 'a person at a host', () => {
  let lab: ComposeLab
  let v1: Release
  let v2: Release

  beforeAll(async () => {
    lab = await composeLab({ compose: `${composeFile}  cache:\n    image: IMAGE\n    environment: { PORT: "1" }\n` })
    v1 = await lab.release({ version: 'v1' })
    v2 = await lab.release({ version: 'v2' })
    await live(lab, v1)
  })
  afterAll(() => lab.close())

  const docker = (...argv: readonly string[]): Promise<string> => lab.docker.docker(argv)
  const of = async (release: Release): Promise<string> => (await lab.containers(release.version))[0]!
  const back = async (): Promise<void> => {
    await lab.open().abandon()
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
    expect(await asked(lab.url, 10)).toEqual({ v1: 10 })
  }

  test('who stops stable has the candidate answer all; going back starts stable first', async () => {
    await onTrial(lab, v2, 25)
    await docker('stop', await of(v1))
    const seen = await seenAs(lab.open(), ({ weight }) => weight === 100)
    expect(inShort(seen)).toEqual(['v1 unwell', 'v2 well', 100])
    expect(await asked(lab.url, 20)).toEqual({ v2: 20 })
    const running = load({ url: lab.url, rps: 20 })
    await back()
    expect((await running.stop()).failures).toEqual({})
  })

  test('who takes stable away for good has it made again, from what was written down of it', async () => {
    await onTrial(lab, v2, 25)
    await docker('rm', '--force', await of(v1))
    await docker('image', 'rm', '--force', ...Object.values(v1.images))
    expect(inShort(await seenAs(lab.open(), ({ weight }) => weight === 100))).toEqual(['v1 unwell', 'v2 well', 100])
    await back()
  })

  test('who stops the candidate has stable answer all, and no more weight is given', async () => {
    await onTrial(lab, v2, 50)
    await docker('stop', await of(v2))
    expect(inShort(await seenAs(lab.open(), ({ weight }) => weight === 0))).toEqual(['v1 well', 'v2 unwell', 0])
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
    await expect(lab.open().shift(50)).rejects.toMatchObject({ code: 'candidate-unhealthy' })
    await expect(lab.open().promote()).rejects.toMatchObject({ code: 'candidate-unhealthy' })
    await back()
  })

  test('who stops the edge is told of as nobody served, and every way forward is closed until it is back', async () => {
    await onTrial(lab, v2, 25)
    await docker('stop', lab.edge)
    expect(inShort(await lab.open().observe())).toEqual(['v1 unwell', 'v2 unwell', 0])
    // Of the candidate nothing is known, so nothing is held against it.
    await expect(lab.open().shift(50)).rejects.toMatchObject({ code: 'edge-failed', message: expect.stringContaining('does not run, so nothing is known of the candidate') })
    await docker('stop', await of(v2))
    await expect(lab.open().shift(50)).rejects.toMatchObject({ code: 'candidate-unhealthy', message: expect.stringContaining('the edge does not run') })
    await back()
  })

  test('who takes the edge away loses nothing but its time', async () => {
    await onTrial(lab, v2, 25)
    await docker('rm', '--force', lab.edge)
    expect(inShort(await lab.open().observe())).toEqual(['v1 unwell', 'v2 unwell', 0])
    await back()
  })

  test('who takes the edge and all that it knew away still finds what served, and a trial is not guessed', async () => {
    await docker('rm', '--force', lab.edge)
    await docker('volume', 'rm', lab.edge)
    expect(inShort(await lab.open().observe())).toEqual(['v1 unwell', 'none', 0])
    await back()
    await onTrial(lab, v2, 25)
    await docker('rm', '--force', lab.edge)
    await docker('volume', 'rm', lab.edge)
    await expect(lab.open().abandon()).rejects.toMatchObject({ code: 'edge-failed', message: expect.stringMatching(/v1.*v2|v2.*v1/) })
    await docker('stop', await of(v2))
    await back()
  })

  test('an image of another edge that can\'t be had takes the edge from nobody', async () => {
    await expect(lab.open({ edge: { image: '127.0.0.1:9/no/haproxy:1', reload: [] } }).launch(v2, plan)).rejects.toMatchObject({ message: expect.stringContaining('fetch the image of the edge') })
    expect(await asked(lab.url, 10)).toEqual({ v1: 10 })
    await back()
  })

  test.each([
    ['a port that another program has', 'port-taken', async () => ({ publish: [`127.0.0.1:${lab.port}`, `127.0.0.1:${lab.docker.registry.split(':')[1]}`] })],
    ['an image that is no HAProxy', 'edge-failed', async () => ({ edge: { image: await lab.docker.base('redis'), reload: [] } })],
  ])('another edge with %s takes the edge from nobody', async (_, code, changes) => {
    const running = load({ url: lab.url, rps: 20 })
    await expect(lab.open(await changes()).launch(v2, plan)).rejects.toMatchObject({ code, message: expect.stringContaining('The present one goes on as it is.') })
    expect((await running.stop()).failures).toEqual({})
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
    expect(await docker('ps', '--all', '--filter', `name=${lab.edge}-rehearsal`, '--quiet')).toBe('')
  })

  test('who changes a weight by hand is seen, and the next step sets it right', async () => {
    await onTrial(lab, v2, 25)
    const operate = (line: string): Promise<string> => docker('exec', lab.edge, 'sh', '-c', `echo "${line}" | socat - unix-connect:/var/lib/ecluse/admin.sock`)
    const rows = (await operate('show servers state app')).split('\n').map((row) => row.split(' '))
    const address = (await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', await of(v2))).trim()
    await operate(`set server app/${rows.find((fields) => fields[4] === address)![3]} weight 3`)
    expect(inShort(await seenAs(lab.open(), ({ weight }) => weight === 50))).toEqual(['v1 well', 'v2 well', 50])
    await lab.open().shift(25)
    expect(await asked(lab.url, 40)).toEqual({ v1: 30, v2: 10 })
    await back()
  })

  test('`docker compose up` and `down` of the user touch nothing of ours', async () => {
    await onTrial(lab, v2, 25)
    const before = await containersIn(lab.docker, lab.scope)
    // The port is the edge's: the user's own `web` can't have it.
    await expect(compose(lab.docker, lab, ['up', '--detach'])).rejects.toThrow(/port is already allocated|address already in use/)
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'v2 well', 25])
    expect(await asked(lab.url, 20)).toEqual({ v1: 15, v2: 5 })
    await compose(lab.docker, lab, ['down']).catch((fault: unknown) => expect(String(fault)).toContain('has active endpoints'))
    expect(await containersIn(lab.docker, lab.scope)).toEqual(before)
    expect(await asked(lab.url, 20)).toEqual({ v1: 15, v2: 5 })
    await lab.open().shift(50)
    await back()
  })

  test('pruning takes kept containers, and going back works all the same', async () => {
    await live(lab, v2)
    expect(await containersIn(lab.docker, lab.scope)).toEqual(['edge running', 'v1 exited', 'v2 running'])
    await docker('container', 'prune', '--force', '--filter', `label=ecluse.scope=${lab.scope}`)
    await docker('image', 'prune', '--force')
    expect(await containersIn(lab.docker, lab.scope)).toEqual(['edge running', 'v2 running'])
    const [past] = await lab.open().releases()
    expect(past?.release).toEqual(v1)
    await lab.open().restore(past!)
    await back()
    // With its image gone too it is not offered, as nobody knows whether it is to be had elsewhere.
    await docker('container', 'prune', '--force', '--filter', `label=ecluse.scope=${lab.scope}`)
    await docker('image', 'rm', ...Object.values(v2.images))
    expect(await lab.open().releases()).toEqual([])
    await back()
  })
})
