import type { Statement } from '../dockerfile/statement.js'
import { absolute } from '../../../../domain/dockerfile/paths.js'
import { filled, type Draft, type Tools } from './draft.js'

const SHELL: readonly string[] = ['/bin/sh', '-c']

type Of<Kind extends Statement['kind']> = Extract<Statement, { readonly kind: Kind }>

/** Instructions that say how the image runs. They change no file, but WORKDIR, which makes its folder. */
export function configure(statement: Statement, draft: Draft, tools: Tools): void {
  switch (statement.kind) {
    case 'env':
      return setPairs(statement, draft, tools, (name, value) => draft.env.set(name, value))
    case 'label':
      return setPairs(statement, draft, tools, (name, value) => (draft.config.Labels = { ...draft.config.Labels, [name]: value }))
    case 'user':
      return withValue(statement, draft, tools, (value) => (draft.config.User = value))
    case 'stopsignal':
      return withValue(statement, draft, tools, (value) => {
        if (/^(?:SIG[A-Z0-9+-]+|[1-9]\d?)$/i.test(value)) draft.config.StopSignal = value
        else tools.findings.invalid(statement.line, `"${value}" is no signal.`, 'Write a name such as `SIGTERM`, or a number.')
      })
    case 'expose':
      return expose(statement, draft, tools)
    case 'volume':
      return volumes(statement, draft, tools)
    case 'entrypoint':
    case 'cmd':
      return command(statement, draft)
    case 'healthcheck':
      draft.config.Healthcheck = { Test: testOf(statement, draft), ...statement.timing }
      return undefined
    default:
      return undefined
  }
}

/** WORKDIR: `undefined` when its value can not be read. */
export function workFolder(statement: Of<'workdir'>, draft: Draft, tools: Tools): string | undefined {
  const value = filled(statement.value, draft, statement.line, tools)
  if (value === undefined) return undefined
  if (value === '') {
    tools.findings.invalid(statement.line, 'WORKDIR names no folder.', 'Set the variable in it, or name a folder.')
    return undefined
  }
  return absolute(draft.config.WorkingDir ?? '/', value)
}

function withValue(statement: Of<'user' | 'stopsignal'>, draft: Draft, tools: Tools, set: (value: string) => unknown): void {
  const value = filled(statement.value, draft, statement.line, tools)
  if (value === '') tools.findings.invalid(statement.line, `${statement.source.split(' ')[0]} says nothing once its variables are put in.`, 'Give the variable a value.')
  else if (value !== undefined) set(value)
}

/** The words of one instruction do not see each other: `ENV a=1 b=$a` takes the `a` from before. */
function setPairs(statement: Of<'env' | 'label'>, draft: Draft, tools: Tools, set: (name: string, value: string) => unknown): void {
  const pairs = statement.pairs.map(([name, value]) => [filled(name, draft, statement.line, tools), filled(value ?? '', draft, statement.line, tools)] as const)
  for (const [name, value] of pairs) if (name !== undefined && value !== undefined) set(name, value)
  if (statement.kind === 'env') draft.config.Env = [...draft.env].map(([name, value]) => `${name}=${value}`)
}

function expose(statement: Of<'expose'>, draft: Draft, tools: Tools): void {
  const ports = statement.words.flatMap((word) => (filled(word, draft, statement.line, tools) ?? '').split(/\s+/)).filter((port) => port !== '')
  for (const port of ports) {
    const { from, to, protocol } = /^(?<from>\d{1,5})(?:-(?<to>\d{1,5}))?(?:\/(?<protocol>tcp|udp|sctp))?$/i.exec(port)?.groups ?? {}
    const [first, last] = [Number(from), Number(to ?? from)]
    if (!(first >= 1 && last >= first && last <= 65_535)) {
      tools.findings.invalid(statement.line, `"${port}" is no port.`, 'Write `8080`, `8080/udp` or `8000-8010`.')
      continue
    }
    for (let one = first; one <= last; one++) draft.config.ExposedPorts = { ...draft.config.ExposedPorts, [`${one}/${(protocol ?? 'tcp').toLowerCase()}`]: {} }
  }
}

function volumes(statement: Of<'volume'>, draft: Draft, tools: Tools): void {
  for (const word of statement.words) {
    const path = filled(word, draft, statement.line, tools)
    if (path === '') tools.findings.invalid(statement.line, 'VOLUME names no folder.', 'Name a folder of the image.')
    else if (path !== undefined) draft.config.Volumes = { ...draft.config.Volumes, [path]: {} }
  }
}

/** A new entrypoint makes the command of the base meaningless. */
function command(statement: Of<'entrypoint' | 'cmd'>, draft: Draft): void {
  const argv = 'exec' in statement.command ? statement.command.exec : [...shellOf(draft), statement.command.shell]
  if (statement.kind === 'cmd') {
    draft.config.Cmd = argv
    draft.commandGiven = true
    return
  }
  draft.config.Entrypoint = argv
  if (!draft.commandGiven) delete draft.config.Cmd
}

function testOf({ test }: Of<'healthcheck'>, draft: Draft): readonly string[] {
  if (!('exec' in test) && !('shell' in test)) return ['NONE']
  if ('exec' in test) return ['CMD', ...test.exec]
  // `CMD-SHELL` stands for the default shell only.
  return draft.config.Shell === undefined ? ['CMD-SHELL', test.shell] : ['CMD', ...draft.config.Shell, test.shell]
}

function shellOf(draft: Draft): readonly string[] {
  return draft.config.Shell ?? SHELL
}
