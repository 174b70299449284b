import { describe, expect, test } from '@jest/globals'
import { utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pinnedImage } from '../../../core/domain/release.js'
import { InputError } from '../../../core/errors/families.js'
import type { BuildRequest, Builder, Built } from '../../../core/ports/builder.js'
import { contextOf, filesOf, requestFor, type SeenImage } from './context.js'

export interface BuilderUnderTest {
  readonly builder: Builder
  /** A destination that holds nothing yet. */
  readonly destination: string
  readonly see: (image: string) => Promise<SeenImage>
  /** What a flow does with an image that passed; only then it may be used again. */
  readonly accept?: (built: Built) => Promise<void>
  /** Labels of one's own: laid over the same layers anew, or part of the content. */
  readonly labels?: 'over' | 'content'
}

const SOURCES = {
  Dockerfile: 'FROM scratch\nARG GREETING=hello\nENV GREETING=$GREETING\nWORKDIR /app\nCOPY server.mjs static/ ./\nENTRYPOINT ["/bin/server"]\nCMD ["--port", "80"]\n',
  '.dockerignore': '*.log\n',
  'server.mjs': 'serve()\n',
  'static/index.html': '<h1>shop</h1>\n',
  'noise.log': 'one\n',
}

/** A build whose image passes whatever there is to pass. */
function accepting({ builder, accept }: BuilderUnderTest): Builder {
  return {
    name: builder.name,
    async build(request) {
      const made = await builder.build(request)
      await accept?.(made)
      return made
    },
  }
}

/** How the same image is told when nothing was built. */
function again({ cache, ...first }: Built): Built {
  expect(cache === undefined || cache === 'none').toBe(true)
  return { ...first, reused: true }
}

/** What any builder must do, whatever engine is behind it. */
export function builderContract(name: string, open: () => Promise<BuilderUnderTest>): void {
  const built = async (sources: Readonly<Record<string, string>> = SOURCES, more: Partial<BuildRequest> = {}) => {
    const under = await open()
    const { destination, see } = under
    const builder = accepting(under)
    const context = await contextOf(sources)
    const request = requestFor(context, destination, more)
    return { builder, see, context, request, first: await builder.build(request), labels: under.labels ?? 'over' }
  }
  const problemsOf = async (sources: Readonly<Record<string, string>>, more: Partial<BuildRequest> = {}) => {
    const thrown: unknown = await built(sources, more).then(() => undefined, (fault: unknown) => fault)
    if (!(thrown instanceof InputError)) throw new Error(`no InputError but ${String(thrown)}`)
    return thrown.problems
  }

  describe(`builder ${name}`, () => {
    test('names the image by digest and holds what the Dockerfile says', async () => {
      const { first, see } = await built()
      expect(pinnedImage(first.image)?.digest).toBe(first.digest)
      expect(first).toMatchObject({ reused: false, contentKey: expect.stringMatching(/^[0-9a-f]{64}$/) })
      expect(first.bytes).toBe(first.layers.reduce((sum, { bytes }) => sum + bytes, 0))
      const image = await see(first.image)
      expect(filesOf(image)).toEqual({ 'app/server.mjs': 'serve()\n', 'app/index.html': '<h1>shop</h1>\n' })
      expect(image.config.config).toMatchObject({ Entrypoint: ['/bin/server'], Cmd: ['--port', '80'], WorkingDir: '/app', Env: expect.arrayContaining(['GREETING=hello']) })
    })

    test('uses an image of the same content again', async () => {
      const { builder, request, first } = await built()
      expect(await builder.build(request)).toEqual(again(first))
    })

    test('gives the same digest from another folder and with other file times', async () => {
      const { first } = await built()
      const { builder, destination } = await open()
      const context = await contextOf(SOURCES)
      await utimes(path.join(context, 'server.mjs'), 1, 1)
      const second = await builder.build(requestFor(context, destination))
      expect([second.digest, second.contentKey]).toEqual([first.digest, first.contentKey])
    })

    test('carries other labels over the same content', async () => {
      const { builder, request, first, see, labels } = await built()
      const second = await builder.build({ ...request, version: '1.0.1', labels: { colour: 'blue' } })
      expect(second).toMatchObject({ reused: labels === 'over', layers: first.layers })
      expect(second.contentKey === first.contentKey).toBe(labels === 'over')
      expect(second.digest).not.toBe(first.digest)
      expect((await see(second.image)).config.config['Labels']).toMatchObject({ colour: 'blue' })
      expect(filesOf(await see(first.image))).toEqual(filesOf(await see(second.image)))
    })

    test('sees every change that goes into the image, and none that does not', async () => {
      const { builder, request, context, first } = await built()
      await writeFile(path.join(context, 'noise.log'), 'two\n')
      expect(await builder.build(request)).toEqual(again(first))
      const other = await builder.build({ ...request, args: { GREETING: 'moin' } })
      expect([other.reused, other.contentKey === first.contentKey]).toEqual([false, false])
      await writeFile(path.join(context, 'server.mjs'), 'serve(2)\n')
      const changed = await builder.build(request)
      expect([changed.reused, changed.contentKey === first.contentKey, changed.digest === first.digest]).toEqual([false, false, false])
    })

    test('says what is missing or wrong instead of building', async () => {
      expect(await problemsOf({ 'server.mjs': '' })).toMatchObject([{ code: 'dockerfile-missing' }])
      expect(await problemsOf({ Dockerfile: 'FROM scratch\nCOPPY a b\n' })).toMatchObject([{ code: 'dockerfile-invalid', message: expect.stringContaining('Dockerfile:2') }])
      expect(await problemsOf(SOURCES, { args: { GREETNIG: 'x' } })).toMatchObject([{ code: 'input-invalid', message: expect.stringContaining('GREETNIG') }])
      expect(await problemsOf(SOURCES, { target: 'nowhere' })).toMatchObject([{ code: 'input-invalid', message: expect.stringContaining('nowhere') }])
    })
  })
}
