/** Folder inside the edge's container, kept in a volume of its own. */
const FOLDER = '/var/lib/ecluse'

export interface EdgePlaces {
  readonly folder: string
  readonly configuration: string
  readonly keeper: string
  /** An `EdgeWish`. */
  readonly wish: string
  /** An `EdgeState`. */
  readonly state: string
  /** What runs and ran on this host, as the platform's driver keeps it. */
  readonly record: string
  /** The same again, written after it: one of the two is always whole. */
  readonly recordKept: string
  /** The wish that the keeper took up last. */
  readonly wishKept: string
  /** HAProxy's socket for whoever operates the host. */
  readonly admin: string
}

export function edgePlacesIn(folder: string): EdgePlaces {
  return {
    folder,
    configuration: `${folder}/haproxy.cfg`,
    keeper: `${folder}/keeper.lua`,
    wish: `${folder}/wish`,
    state: `${folder}/state`,
    record: `${folder}/record.json`,
    recordKept: `${folder}/record.kept`,
    wishKept: `${folder}/wish.kept`,
    admin: `${folder}/admin.sock`,
  }
}

export const edgePlaces = edgePlacesIn(FOLDER)

/** A request with this header goes to the instance it names, whatever the weight, and is not counted. */
export const INSTANCE_HEADER = 'x-ecluse-instance'
/** Every answer through the edge names the version it comes from. */
export const VERSION_HEADER = 'x-ecluse-version'

/** One word for application and environment on a host, fit for names of containers, volumes and projects; no two pairs share one. */
export function hostScope(app: string, environment: string): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
  const simple = `${plain(app)}-${plain(environment)}`
  // With a `-` in the environment nobody could say where the application's name ends: `shop` in `eu-production`, `shop-eu` in `production`.
  if (simple === `${app}-${environment}` && !environment.includes('-') && simple.length <= LONGEST) return simple
  const told = mark(`${app}\n${environment}`)
  return `${simple.slice(0, LONGEST - 1 - told.length)}-${told}`
}

/** Containers find each other by names of at most 63 characters, and those of a launch have 23 beside this one. */
const LONGEST = 40

/** Tells apart what looks alike once its letters are plain. */
function mark(text: string): string {
  let sum = 0
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 0xff_ff_ff
  return sum.toString(36)
}

export function edgeContainer(scope: string): string {
  return `ecluse-${scope}-edge`
}
