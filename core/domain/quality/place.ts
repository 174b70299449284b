/** A path or `file:` address as the repository names it: below the checkout without it, with `/`. */
export function inCheckout(file: string, work: string): string {
  const path = plainPath(file).replaceAll('\\', '/').replace(/^\.\//, '')
  const root = work.replaceAll('\\', '/').replace(/\/+$/, '')
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}

function plainPath(file: string): string {
  const path = file.replace(/^file:(?:\/\/[^/]*)?(?=\/)/, '')
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
