import { afterAll, describe, expect, test } from '@jest/globals'
import path from 'node:path'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import { InputError, type Problem } from '../../../core/errors/families.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import { contextOf, filesOf, removeFolders, requestFor, seeImage, surroundings, temporaryFolder, type Sources } from './context.js'

afterAll(removeFolders)

async function build(dockerfile: string, more: Partial<BuildRequest> = {}, sources: Sources = {}) {
  const context = await contextOf({ Dockerfile: dockerfile, ...sources })
  const { ambient, warnings } = await surroundings(context)
  const built = await ociLayoutBuilder(ambient).build(requestFor(context, path.join(await temporaryFolder(), 'images'), more))
  return { ...(await seeImage(built.image)), built, warnings }
}

async function problemsOf(dockerfile: string, more: Partial<BuildRequest> = {}, sources: Sources = {}): Promise<readonly Problem[]> {
  const thrown: unknown = await build(dockerfile, more, sources).then(() => undefined, (fault: unknown) => fault)
  if (thrown instanceof InputError) return thrown.problems
  throw new Error(`no InputError but ${String(thrown)}`)
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

describe('settings of an image', () => {
  test('are what the Dockerfile says', async () => {
    const { config } = await build([
      'FROM scratch', 'ENV A=1 B="two words"', 'ENV A=3 C=$A', 'WORKDIR app', 'WORKDIR sub/../$A', 'USER 10:20', 'EXPOSE 80 53/udp 9000-9001', 'VOLUME /data /more',
      'LABEL b=2 a=$B', 'STOPSIGNAL SIGQUIT', 'ENTRYPOINT run $A', 'CMD ["-v"]', 'HEALTHCHECK --interval=5s CMD curl localhost',
    ].join('\n'), { labels: { b: 'ours', 'org.opencontainers.image.version': '1' } })
    expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', created: '2023-11-14T22:13:20Z' })
    expect(config.config).toEqual({
      Env: [PATH, 'A=3', 'B=two words', 'C=1'], WorkingDir: '/app/3', User: '10:20',
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '9000/tcp': {}, '9001/tcp': {} }, Volumes: { '/data': {}, '/more': {} },
      Labels: { a: 'two words', b: 'ours', 'org.opencontainers.image.version': '1' }, StopSignal: 'SIGQUIT',
      Entrypoint: ['/bin/sh', '-c', 'run $A'], Cmd: ['-v'], Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 5e9 },
    })
  })

  test('take arguments by scope: given before default, stage before global, ENV before all', async () => {
    const dockerfile = 'ARG V=1\nARG W=$V$V\nFROM scratch AS a\nARG V\nARG W\nARG X=x\nARG Y=y\nENV Y=env\nENV SEEN=$V,$W,$X,$Y\nFROM a\nENV AGAIN=$V,$X\nFROM scratch AS lone\nENV SEEN=$V\n'
    const env = async (more: Partial<BuildRequest>) => (await build(dockerfile, more)).config.config['Env']
    expect(await env({ target: 'a' })).toEqual([PATH, 'Y=env', 'SEEN=1,11,x,env'])
    expect(await env({ target: 'a', args: { V: '2', X: 'z', Y: 'given' } })).toEqual([PATH, 'Y=env', 'SEEN=2,22,z,env'])
    expect(await env({ target: '1' })).toEqual([PATH, 'Y=env', 'SEEN=1,11,x,env', 'AGAIN=1,x'])
    const lone = await build(dockerfile, { target: 'LONE' })
    expect([lone.config.config['Env'], lone.warnings]).toEqual([[PATH, 'SEEN='], ['Dockerfile:13: the variable `V` is not set here and stands for nothing.']])
  })

  test('know the platform that is built for, and not the machine that builds', async () => {
    const { config } = await build('FROM scratch\nARG TARGETPLATFORM TARGETVARIANT\nENV P=$TARGETPLATFORM V=$TARGETVARIANT\n', { platforms: ['linux/arm/v7'] })
    expect(config).toMatchObject({ architecture: 'arm', variant: 'v7', config: { Env: [PATH, 'P=linux/arm/v7', 'V=v7'] } })
    expect(await problemsOf('FROM scratch\nARG BUILDPLATFORM\n')).toMatchObject([{ code: 'dockerfile-unsupported', message: expect.stringContaining('`BUILDPLATFORM`') }])
  })

  test('proxies may be given without being declared, and are no part of the content', async () => {
    const [plain, proxied] = await Promise.all([build('FROM scratch\nENV a=1\n'), build('FROM scratch\nENV a=1\n', { args: { http_proxy: 'http://p' } })])
    expect(proxied.built.contentKey).toBe(plain.built.contentKey)
  })
})

describe('copies', () => {
  test('follow the rules for folders, patterns and targets', async () => {
    const sources: Sources = { 'a.txt': 'a', 'b.txt': 'b', 'c.md': 'c', 'd/x': 'x', 'd/e/y': 'y', '[odd]': 'o' }
    const { layers, config } = await build([
      'FROM scratch', 'WORKDIR /w', 'COPY *.txt ./', 'COPY a.txt renamed', 'COPY d /all', 'COPY d/* /inside/', 'COPY a.txt /all', 'COPY "[[]odd]" /odd', 'COPY --chmod=600 a.txt d/ /modes/', 'ADD c.md .',
    ].join('\n'), {}, sources)
    expect(filesOf({ layers, config })).toEqual({
      'w/a.txt': 'a', 'w/b.txt': 'b', 'w/renamed': 'a', 'all/x': 'x', 'all/e/y': 'y', 'inside/x': 'x', 'inside/y': 'y', 'all/a.txt': 'a', odd: 'o', 'modes/a.txt': 'a', 'modes/x': 'x', 'modes/e/y': 'y', 'w/c.md': 'c',
    })
    expect(layers).toHaveLength(8)
    expect(layers[6]!.get('modes/e/y')?.mode).toBe(0o600)
  })

  test('take `Dockerfile.dockerignore` before `.dockerignore`', async () => {
    const { layers, config } = await build('FROM scratch\nCOPY . /\n', {}, { '.dockerignore': '*', 'Dockerfile.dockerignore': 'Docker*\n.*\nnode_modules\n!node_modules/kept\n', 'node_modules/kept/a': 'a', 'node_modules/x': '', b: 'b' })
    expect(filesOf({ layers, config })).toEqual({ 'node_modules/kept/a': 'a', b: 'b' })
  })

  test('of `.git` are warned about', async () => {
    expect((await build('FROM scratch\nCOPY . /\n', {}, { '.git/HEAD': 'x' })).warnings).toEqual([expect.stringContaining('`.git`')])
  })
})

describe('everything that is wrong', () => {
  test('is told at once, each with its line', async () => {
    const problems = await problemsOf([
      'FROM scratch AS unneeded', 'RUN nothing is wrong here', 'FROM node:24', 'RUN npm ci', 'COPY missing /', 'COPY ../x /', 'EXPOSE 99999', 'STOPSIGNAL ${NOPE:?must be given}',
      'COPY --chmod=u+x a /', 'COPY $EMPTY /', 'ADD data /', 'WORKDIR $EMPTY', 'COPY --from=alpine /etc /etc', 'COPY [a-b /', 'SHELL ["sh"]',
    ].join('\n'), { args: { TYPO: '1' }, platforms: ['linux/amd64', 'linux/arm64'] }, { a: '', data: Buffer.from('1f8b0800', 'hex') })
    expect(problems.map(({ code, message }) => `${code.replace('dockerfile-', '')} ${/:(\d+):/.exec(message)?.[1] ?? '-'}`)).toEqual([
      'input-invalid -', 'unsupported 3', 'unsupported 4', 'invalid 5', 'invalid 6', 'invalid 7', 'invalid 8', 'unsupported 9', 'invalid 10', 'unsupported 11', 'invalid 12', 'unsupported 13', 'invalid 14', 'unsupported 15',
    ])
    expect(problems.every(({ fix }) => fix !== undefined)).toBe(true)
    expect(problems.find(({ message }) => message.includes(':8:'))?.message).toContain('must be given')
  })

  test.each([
    ['COPY a b /target', '2 sources are copied to "target"'],
    ['COPY a /a\nCOPY b /a/b', '`/a` would have to be a folder'],
    ['COPY d /d\nCOPY x /d/', '`/d/sub` is a folder and can not become a file'],
    ['WORKDIR /w\nCOPY a /w/f\nWORKDIR f', '`/w/f` would have to be a folder'],
    ['COPY --chown=me a /', 'names "me"'],
    ['COPY --chown=1: a /', '--chown is "1:"'],
    ['COPY hidden /', '"hidden" is not in the context'],
  ])('%s', async (lines, message) => {
    const problems = await problemsOf(`FROM scratch\n${lines}\n`, {}, { a: 'a', b: 'b', 'd/sub/x': '', 'x/sub': '', '.dockerignore': 'hidden', hidden: '' })
    expect(problems).toMatchObject([{ code: 'dockerfile-invalid', message: expect.stringContaining(message) }])
  })

  test.each<[Partial<BuildRequest>, string]>([
    [{ sourceDate: -1 }, 'source date'], [{ sourceDate: 1.5 }, 'source date'], [{ version: 'a b' }, 'version'], [{ version: '' }, 'version'], [{ platforms: [] }, 'No platform'], [{ platforms: ['windows'] }, '"windows"'],
  ])('%j is refused', async (more, message) => {
    expect(await problemsOf('FROM scratch\n', more)).toMatchObject([{ code: 'input-invalid', message: expect.stringContaining(message) }])
  })
})
