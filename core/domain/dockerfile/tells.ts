/** Who is told what is wrong with a Dockerfile, by line. */
export interface Tells {
  invalid(line: number, message: string, fix?: string): undefined
  /** Right, and yet not what this builder can do. */
  unsupported(line: number, message: string, fix?: string): undefined
}
