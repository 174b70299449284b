/** The folder with bin/, lib/ and share/, in a place that the server's user can reach. Without a major: of node_modules. */
export declare const postgresFiles: (options: { readonly asRoot: boolean; readonly major?: 16 | 17 | 18 }) => Promise<string>
