/** One of this machine that nobody listens on, and that nobody is given before it is used. */
export function unusedPort(): Promise<number>
