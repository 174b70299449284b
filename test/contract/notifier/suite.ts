/** What every channel must do. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Notice, ThreadRef } from '../../../core/domain/notice.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Notifier } from '../../../core/ports/notifier.js'
import { realAmbient } from '../../support/surroundings.js'

export const failures = ['down', 'slow', 'busy', 'unauthorized', 'forbidden', 'broken', 'babbling'] as const
export type Failure = (typeof failures)[number]

export interface NotifierLab {
  open(ambient: Ambient): Notifier | Promise<Notifier>
  /** What people see that is not over, oldest first, as they read it; one that was edited is there once. */
  seen(): Promise<readonly string[]>
  /** What stands below. */
  details(): Promise<readonly string[]>
  /** Who was called, as the channel writes it. */
  called?(): Promise<readonly string[]>
  /** Somebody has seen what is told of now; answers who. */
  acknowledge?(): Promise<string>
  /** Only what is trouble is told. */
  readonly troubleOnly?: boolean
  /** The same channel at a service that is not well, with little patience. `undefined`: it can't fail so. */
  failing(failure: Failure, ambient: Ambient): Promise<Notifier | undefined>
  /** `failing('busy')` does not say for how long. */
  readonly vague?: boolean
  readonly secrets: readonly string[]
  /** What was told is forgotten. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** Words that mean something to one channel or another. */
const HOSTILE = 'Deploy of <b>v2</b> *failed* & `rm` | @everyone <!channel> <@U024BE7LH> [x](https://evil.example) #1 \\ <!-- c'
let counted = 0

export function noticeOf(changes: Partial<Notice> = {}): Notice {
  return {
    key: 'delivery-4711', app: 'shop', environment: 'production', severity: 'critical', state: 'failed', title: HOSTILE, text: 'The errors rose to 7 %.\nIt went back by itself.',
    facts: [['version', 'v2.0.1'], ['who', '@octocat <octo@shop.example>']], link: 'https://github.test/acme/shop/actions/runs/1?a=1&b=2', at: Date.UTC(2024, 10, 22, 3, counted % 60), ...changes,
  }
}

const SUCCEEDED = { state: 'succeeded', severity: 'info', title: 'Deploy of v2 is well again', text: 'All is well.' } as const

interface Given {
  readonly ambient: Ambient
  readonly said: string[]
  readonly masked: string[]
}

export function listening(signal?: AbortSignal): Given {
  const said: string[] = []
  const masked: string[] = []
  const note = (text: string): void => void said.push(text)
  const ambient = { ...realAmbient({ work: '', dist: '' }, signal), log: { step: note, info: note, progress: note, warn: note, error: note, debug: note }, mask: (secret: string) => void masked.push(secret) }
  return { ambient, said, masked }
}

const faultOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it did not fail', (fault: unknown) => fault)

/** Everything that an error carries, its causes included. */
export function allOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return `${JSON.stringify(Object.fromEntries(Object.getOwnPropertyNames(thrown).map((name) => [name, String(Reflect.get(thrown, name))])))} ${thrown.cause === undefined ? '' : allOf(thrown.cause)}`
}

export function notifierContract(title: string, make: () => Promise<NotifierLab>): void {
  describe(title, () => {
    let lab: NotifierLab
    let given: Given
    let notifier: Notifier
    const again = async (thread: ThreadRef): Promise<ThreadRef> => JSON.parse(JSON.stringify(thread)) as ThreadRef

    beforeAll(async () => {
      lab = await make()
    })
    afterAll(() => lab.close())
    beforeEach(async () => {
      counted += 1
      await lab.clear()
      given = listening()
      notifier = await lab.open(given.ambient)
    })

    test('says what happened, where, and with what, in the words that it was given', async () => {
      await notifier.post(noticeOf())
      const [first = '', ...others] = await lab.seen()
      expect(others).toEqual([])
      for (const words of [HOSTILE, 'The errors rose to 7 %.', 'It went back by itself.', 'v2.0.1', '@octocat <octo@shop.example>', 'shop', 'production']) expect(first).toContain(words)
    })

    test('nothing in a text calls anybody', async () => {
      await notifier.post(noticeOf({ severity: 'warning', state: 'waiting' }))
      expect((await lab.called?.()) ?? []).toEqual([])
    })

    test('says what is well, unless it is for trouble only', async () => {
      const thread = await notifier.post(noticeOf({ severity: 'info', state: 'running', title: 'Deploy begins' }))
      const seen = await lab.seen()
      expect(seen.map((text) => text.includes('Deploy begins'))).toEqual(lab.troubleOnly === true ? [] : [true])
      if (lab.troubleOnly === true) expect(thread).toEqual({})
    })

    test('trouble that follows is told, also by a later job', async () => {
      const thread = await notifier.post(noticeOf({ severity: 'info', state: 'running', title: 'Deploy begins' }))
      const later = await lab.open(given.ambient)
      await later.update(await again(thread), noticeOf({ title: 'Deploy failed' }))
      const seen = await lab.seen()
      expect(seen).toHaveLength(notifier.powers.edits || lab.troubleOnly === true ? 1 : 2)
      expect(seen.at(-1)).toContain('Deploy failed')
    })

    test('the newer state stands in the place of the older one, or is said where it is another', async () => {
      const thread = await notifier.post(noticeOf({ title: 'Errors at 2 %' }))
      const same = await notifier.update(thread, noticeOf({ title: 'Errors at 4 %' }))
      const before = await lab.seen()
      await notifier.update(same, noticeOf({ state: 'waiting', title: 'Errors at 5 %' }))
      const after = await lab.seen()
      const latest = notifier.powers.edits ? ['Errors at 4 %', 'Errors at 5 %'] : ['Errors at 2 %', 'Errors at 5 %']
      expect([before.length, after.length]).toEqual(notifier.powers.edits ? [1, 1] : [1, 2])
      expect(before.at(-1)).toContain(latest[0])
      expect(after.at(-1)).toContain(latest[1])
    })

    test('details go below, where there is a below', async () => {
      const thread = await notifier.post(noticeOf())
      await notifier.reply(await again(thread), noticeOf({ title: 'Step 25 %', text: '412 requests, no error' }))
      const details = await lab.details()
      expect(details).toHaveLength(notifier.powers.threads ? 1 : 0)
      if (notifier.powers.threads) expect(details[0]).toContain('412 requests, no error')
      expect(await lab.seen()).toHaveLength(1)
    })

    test('tells who has seen it, once somebody has', async () => {
      const thread = await notifier.post(noticeOf())
      expect(await notifier.acknowledged(thread)).toBeUndefined()
      const by = await lab.acknowledge?.()
      expect([notifier.powers.acknowledges, (await notifier.acknowledged(await again(thread)))?.by]).toEqual([by !== undefined, by])
      expect(await notifier.acknowledged({})).toBeUndefined()
    })

    test('is over when it is closed', async () => {
      const thread = await notifier.post(noticeOf())
      await notifier.close(await again(thread), noticeOf(SUCCEEDED))
      const seen = await lab.seen()
      expect(seen.some((text) => text.includes('Deploy of v2 is well again'))).toBe(lab.troubleOnly !== true)
      expect(seen).toHaveLength(lab.troubleOnly === true ? 0 : notifier.powers.edits ? 1 : 2)
    })

    test('what was never told is closed without a word', async () => {
      const thread = await notifier.post(noticeOf({ ...SUCCEEDED, title: 'All was well' }))
      const before = await lab.seen()
      await notifier.close(thread, noticeOf({ ...SUCCEEDED, title: 'All was well' }))
      expect(await lab.seen()).toEqual(before)
    })

    test('long texts are cut, and said', async () => {
      await notifier.post(noticeOf({ title: '&😀'.repeat(3000), text: '<😀*'.repeat(30_000), facts: Array.from({ length: 60 }, (_, index) => [`fact ${index}`, '&'.repeat(9000)] as const) }))
      expect(await lab.seen()).toHaveLength(1)
      expect((await lab.seen())[0]).not.toMatch(/\p{Surrogate}/u)
    })

    test('the place has no secret in it, and nothing is said aside', async () => {
      const thread = await notifier.post(noticeOf())
      expect(Object.values(thread).every((value) => typeof value === 'string')).toBe(true)
      const all = JSON.stringify([thread, given.said])
      expect(lab.secrets.filter((secret) => all.includes(secret))).toEqual([])
      expect(given.said).toEqual([])
    })

    describe('at a service that is', () => {
      const expected: Readonly<Record<Failure, readonly string[]>> = {
        down: ['channel-unreachable'], slow: ['channel-unreachable'], busy: ['channel-unreachable'], broken: ['channel-unreachable'], babbling: ['channel-unreachable'], unauthorized: ['channel-refused'], forbidden: ['channel-refused'],
      }
      test.each(failures)('%s: says so once, in time, and without its secrets', async (failure) => {
        const ill = await lab.failing(failure, given.ambient)
        if (ill === undefined) return
        const fault = await faultOf(ill.post(noticeOf()))
        expect(fault).toBeInstanceOf(RemoteError)
        expect({ failure, code: (fault as RemoteError).code }).toEqual({ failure, code: expected[failure][0] })
        if (failure === 'busy' && lab.vague !== true) expect((fault as RemoteError).retryAfterMs).toBe(7000)
        expect((fault as RemoteError).message).toMatch(/^Could not /)
        expect(lab.secrets.filter((secret) => `${allOf(fault)} ${given.said.join(' ')}`.includes(secret))).toEqual([])
      })

      test('silent when the run is cancelled: ends at once', async () => {
        const stop = new AbortController()
        const { ambient } = listening(stop.signal)
        const ill = await lab.failing('slow', ambient)
        const work = faultOf(ill!.post(noticeOf()))
        setTimeout(() => stop.abort(), 20)
        expect(await work).toMatchObject({ code: 'aborted' })
        expect(await faultOf(ill!.post(noticeOf()))).toMatchObject({ code: 'aborted' })
      })
    })
  })
}
