export function watchMemory(pid: number, options?: { readonly children?: boolean }): { readonly done: () => number }
