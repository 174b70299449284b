import type { ErrorCode } from '../../../errors/catalogue.js'
import { InputError, type Problem } from '../../../errors/families.js'

type DockerfileCode = Extract<ErrorCode, 'dockerfile-invalid' | 'dockerfile-unsupported' | 'input-invalid'>

/** Everything that is wrong with a Dockerfile, so that its writer corrects it once and not line by line. */
export class Findings {
  readonly #problems = new Map<string, Problem & { readonly line: number }>()
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  invalid(line: number, message: string, fix?: string): undefined {
    return this.#add('dockerfile-invalid', line, message, fix)
  }

  unsupported(line: number, message: string, fix?: string): undefined {
    return this.#add('dockerfile-unsupported', line, message, fix)
  }

  /** A fault of the request, not of a line. */
  request(message: string, fix: string): void {
    this.#problems.set(message, { code: 'input-invalid', line: 0, message, fix })
  }

  throwIfAny(): void {
    const found = [...this.#problems.values()].toSorted((a, b) => a.line - b.line)
    const [first, ...others] = found.map(({ code, message, fix }): Problem => ({ code, message, ...(fix === undefined ? {} : { fix }) }))
    if (first !== undefined) throw new InputError([first, ...others])
  }

  // The same line is met once per platform: it is told once.
  #add(code: DockerfileCode, line: number, message: string, fix?: string): undefined {
    const located = `${this.#file}:${line}: ${message}`
    this.#problems.set(located, { code, line, message: located, ...(fix === undefined ? {} : { fix }) })
    return undefined
  }
}
