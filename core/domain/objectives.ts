/** What is to be reached in an environment: how much work may be lost, and how long going back may take. */
export interface Objectives {
  readonly rpoMs: number
  readonly rtoMs: number
}
