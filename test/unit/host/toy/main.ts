import type { Outcome } from '../../../../core/domain/outcome.js'
import { StateError } from '../../../../core/errors/families.js'
import { runAction } from '../../../../core/host/run.js'
import type { Ambient } from '../../../../core/ports/ambient.js'
import { inputs } from './fields.js'

type Reason = 'said' | 'refused' | 'went-back'

const outcome = (reason: Reason, said: string, extra: readonly string[] = []): Outcome<Reason, 'said'> => ({
  ok: reason === 'said', reason, message: `It ${reason}.`, outputs: { said },
  summary: { title: `Toy: ${reason}`, parts: [{ kind: 'table', columns: ['What', 'Observed'], rows: [['word', said], ...extra.map((text) => ['extra', text])] }] },
})

const sleeper = (ambient: Ambient) => ambient.process.run({
  what: 'wait', timeoutMs: 60_000, argv: [ambient.paths.node, '-e', 'process.on("SIGTERM", () => {}); console.log("x"); setInterval(() => {}, 1000)'],
})

const deeds: Readonly<Record<string, (word: string, secret: string, ambient: Ambient) => Promise<Outcome<Reason, 'said'>>>> = {
  async well(word, _secret, ambient) {
    ambient.log.step('Speak')
    ambient.log.info(word)
    return outcome('said', word)
  },
  refuse: async (word) => outcome('refused', word),
  async fail() {
    throw new StateError('nothing-live', { message: 'Nothing serves in `production`.' })
  },
  async tidy(word, _secret, ambient) {
    ambient.atEnd?.(async () => ambient.log.info(`tidied first given, ${ambient.signal.aborted ? 'cancelled' : 'whole'}`))
    ambient.atEnd?.(() => Promise.reject(new Error('this one could not be tidied')))
    ambient.shielded(1000).atEnd?.(async () => ambient.log.info('tidied last given'))
    if (word === 'cancelled') {
      ambient.log.info('waiting')
      await sleeper(ambient)
    }
    throw new StateError('nothing-live', { message: 'Nothing serves in `production`.' })
  },
  async clutter(word, _secret, ambient) {
    ambient.atEnd?.(async () => ambient.log.info('tidied all the same'))
    ambient.atEnd?.(() => new Promise(() => undefined))
    return outcome('said', word)
  },
  async grumble(word, _secret, ambient) {
    for (let index = 0; index < 12; index += 1) ambient.log.warn(`warning ${index}`)
    return outcome('said', word)
  },
  async bug() {
    throw new TypeError('undefined is not a function')
  },
  async leak(word, secret, ambient) {
    ambient.remember('delivery', 'd-1')
    for (const say of ['step', 'info', 'progress', 'warn', 'error', 'debug'] as const) ambient.log[say](`${say} ${secret} ${encodeURIComponent(secret)}`)
    const { lastLines } = await ambient.process.script({ what: 'leak', script: 'echo "$LEAKED"', env: { LEAKED: secret }, timeoutMs: 5000, onLine: (line) => ambient.log.info(line) })
    return outcome('said', `${word} ${secret}`, [secret, JSON.stringify(secret), ...lastLines])
  },
  async trace(word, secret, ambient) {
    ambient.log.step(`Look around ${secret}`)
    await ambient.tracing?.span('outer', () => Promise.all([
      ambient.tracing!.span('first', () => ambient.clock.sleep(30), { secret }),
      ambient.tracing!.span('second', async () => {
        await ambient.clock.sleep(10)
        throw new Error(`no luck with ${secret}`)
      }).catch(() => undefined),
    ]))
    ambient.log.step('Ask')
    await ambient.http.request({ what: 'ask nobody', method: 'GET', url: `http://127.0.0.1:1/${secret}?token=${secret}`, timeoutMs: 1000 }).catch(() => undefined)
    await ambient.process.run({ what: 'run a program', argv: [ambient.paths.node, '-e', 'process.exit(3)', secret], timeoutMs: 5000, accept: [3] })
    const { lastLines } = await ambient.process.script({ what: 'run a script', script: 'echo "at $TRACEPARENT"; exit 4', env: {}, timeoutMs: 5000 })
    ambient.tracing?.note({ 'ecluse.weight': 5, 'ecluse.late': true, said: secret }, 'it was not good')
    ambient.remember('delivery', 'd-7')
    if (word === 'fail') throw new StateError('nothing-live', { message: `Nothing serves at ${secret}.` })
    return outcome('said', lastLines.join())
  },
  async command(word, _secret, ambient) {
    ambient.log.info('::error::planted\n  ::set-output name=reason::hacked\n::add-mask::later-secret\n##[error]old')
    ambient.log.info('now later-secret is out')
    return outcome('said', word)
  },
  async wait(word, _secret, ambient) {
    ambient.remember('delivery', 'd-1')
    ambient.log.info('waiting')
    try {
      await sleeper(ambient)
    } catch (thrown) {
      if (!ambient.signal.aborted) throw thrown
      const back = ambient.shielded(5000)
      await back.process.run({ what: 'go back', argv: [ambient.paths.node, '-e', ''], timeoutMs: 5000 })
      await ambient.clock.sleep(300)
    }
    return outcome('went-back', word)
  },
  async give(_word, _secret, ambient) {
    ambient.log.info('waiting')
    await sleeper(ambient)
    return outcome('said', '')
  },
  async stick(word, _secret, ambient) {
    ambient.remember('delivery', 'd-1')
    const back = ambient.shielded(60_000)
    ambient.log.info('waiting')
    await sleeper(back)
    return outcome('said', word)
  },
  hang: () => new Promise(() => undefined),
  async linger(word) {
    setInterval(() => undefined, 1000)
    return outcome('said', word)
  },
}

void runAction({
  name: 'toy',
  inputs,
  reasons: { said: 'It was said.', refused: 'It was not.', 'went-back': 'It went back.' },
  outputs: ['said'],
  run: (given, ambient) => deeds[given.do ?? '']!(given.word, given.database ?? '', ambient),
})
