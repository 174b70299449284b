/** Records of environments and of who may do what in them. */

export interface Environment {
  readonly id: string
  readonly number: number
  readonly waitTimer: number
  readonly preventSelfReview: boolean
  readonly reviewers: readonly { readonly type: 'User' | 'Team'; readonly id: number }[]
  readonly branchPolicy: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null
  readonly createdAt: number
  readonly updatedAt: number
}

export interface BranchPolicy {
  readonly id: number
  readonly environment: string
  readonly name: string
  readonly type: 'branch' | 'tag'
}

export interface ProtectionRule {
  readonly id: number
  readonly environment: string
  readonly app: number
}

export interface App {
  readonly id: number
  readonly slug: string
  readonly name: string
}

/** Its id is `environment/NAME`; of the repository itself: `/NAME`. */
export interface Secret {
  readonly id: string
  readonly environment: string
  readonly name: string
  readonly sealed: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Variable {
  readonly id: string
  readonly environment: string
  readonly name: string
  readonly value: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface User {
  readonly id: string
  readonly number: number
  readonly permission: 'admin' | 'write' | 'read' | 'none'
}

export interface Team {
  readonly id: string
  readonly number: number
  readonly members: readonly string[]
}
