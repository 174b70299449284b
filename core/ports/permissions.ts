import type { SeenPermission } from '../domain/permissions.js'

/**
 * What a token or a role may really do, found out without changing anything. One for each system that an action acts
 * on; a cloud's driver adds its own.
 */
export interface Permissions {
  /** Whose they are, for people: "the token, on `acme/shop`". */
  whose(): Promise<string>
  /** Of each permission whether it is there; an environment that is there helps to tell. */
  look(permissions: readonly string[], environment: string | undefined): Promise<readonly SeenPermission[]>
}
