/** The mirror, and that of its security updates, in what apt's lists of sources say. Undefined when none is a mirror of Debian. */
export declare const mirrorsIn: (text: string) => { readonly main: string; readonly security: string } | undefined
