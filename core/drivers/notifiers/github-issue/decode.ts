import { list, number, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'

/** GitHub writes `null` where it has nothing. */
const nullable = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null || value === undefined ? undefined : item(value, at))

interface Person {
  readonly login: string
  readonly type?: string
}

export interface Issue {
  readonly number: number
  readonly state: string
  readonly body?: string
  readonly user?: Person
  readonly author_association?: string
  readonly assignees?: readonly Person[]
  readonly closed_at?: string
  readonly closed_by?: Person
  /** It is a pull request. */
  readonly pull_request?: object
}

export interface Comment {
  readonly body?: string
  readonly user?: Person
  readonly author_association?: string
  readonly created_at: string
}

const person = object<Person>({ login: text, type: optional(text) })
const there: Decoder<object | undefined> = (value) => (typeof value === 'object' && value !== null ? value : undefined)

export const decodeIssue = object<Issue>({
  number, state: text, body: nullable(text), user: nullable(person), author_association: optional(text), assignees: nullable(list(person)), closed_at: nullable(text), closed_by: nullable(person), pull_request: there,
})

export const decodeComments = list(object<Comment>({ body: nullable(text), user: nullable(person), author_association: optional(text), created_at: text }))
export const decodeNumber = object<{ number: number }>({ number })

/** Somebody who belongs to the repository: in a public one anybody may open issues and write comments. */
export function belongs({ author_association: association }: { readonly author_association?: string }): boolean {
  return association === 'OWNER' || association === 'MEMBER' || association === 'COLLABORATOR'
}

export function isBot(user: Person | undefined): boolean {
  return user?.type === 'Bot'
}
