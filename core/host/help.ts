import type { Contract } from './contract.js'
import { isSwitch, secretVariable } from './flags.js'

const INDENT = 6

/** What `--help` prints, all of it from `action.yml`. */
export function helpText(command: string, contract: Contract, secret: (input: string) => boolean, columns: number): string {
  const width = Math.min(Math.max(columns, 60), 100)
  const flags = Object.entries(contract.inputs).flatMap(([name, about]) => {
    const head = secret(name) ? `  ${secretVariable(name)}   (environment variable)` : `  --${name}${isSwitch(contract, name) ? '' : ' VALUE'}`
    const extra = about.default === '' ? '' : ` Default: ${about.default.replaceAll('\n', ', ')}.`
    return [head, ...wrapped(`${about.description}${about.required ? ' Required.' : ''}${extra}`, width - INDENT).map((line) => ' '.repeat(INDENT) + line)]
  })
  return [
    contract.title,
    ...wrapped(contract.description, width),
    '',
    `Usage: node ${command} [--name value]...`,
    '',
    ...flags,
    '  --help',
    '      Print this.',
    '',
    ...wrapped('Secrets come from the environment, never from flags. `ECLUSE_ENV` holds further variables in dotenv form. '
      + 'Exit code: 0 when it went well, 1 when it did not, 2 when a flag or setting can not be used.', width),
    '',
  ].join('\n')
}

export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines
}
