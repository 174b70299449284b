export interface StepResult {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface ActionResult extends StepResult {
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly summary: string
}

export interface ActionRun {
  readonly action: string
  readonly inputs?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
  /** The user's checkout. */
  readonly cwd: string
  /** What the runner puts in place of `${{ github.token }}`; default: none. */
  readonly token?: string
  /** The program that runs the bundle; default: the one that runs this. */
  readonly node?: string
  /** Each line of its output as it comes, and how long after the start of its process. */
  readonly onLine?: (line: string, ms: number) => void
}

export interface StartedAction {
  readonly pid: number | undefined
  kill(signal: NodeJS.Signals): boolean
  readonly finished: Promise<ActionResult>
  /** Runs the post step with the state that main saved; `undefined` when the action has none. */
  post(): Promise<StepResult | undefined>
  close(): Promise<void>
}

export const root: string
export function contractOf(action: string): Promise<{ inputs?: Record<string, { description: string; default?: string }>; outputs?: Record<string, { description: string }>; runs: { using: string; main: string; post?: string } }>
export function startAction(run: ActionRun): Promise<StartedAction>
export function runAction(run: ActionRun): Promise<ActionResult & { readonly post: StepResult | undefined }>
export function commandFile(content: string): Readonly<Record<string, string>>
