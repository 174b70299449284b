/** A port of this machine on which nobody listens, and that nobody is given by chance. */
export function unusedPort(): Promise<number>
