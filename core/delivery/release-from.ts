import type { Environment } from '../domain/environment.js'
import { pinnedImage, settingsText, type Release } from '../domain/release.js'
import { InputError, type Problem } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { DeliveryRequest } from './request.js'

/** The inputs that every action which delivers a release has. */
export interface DeliveryInputs {
  readonly image?: string | undefined
  readonly version?: string | undefined
  readonly commit?: string | undefined
  readonly 'requested-at'?: number | undefined
  readonly force?: string | undefined
  readonly 'break-glass'?: string | undefined
  readonly 'dry-run'?: boolean | undefined
  readonly receipt?: string | undefined
}

/** What is to be delivered, from inputs and configuration. Rejects with one `InputError` that names everything missing. */
export function deliveryRequest(given: DeliveryInputs, environment: Environment, ambient: Ambient): DeliveryRequest {
  const problems: Problem[] = []
  if (given.image === undefined) problems.push({ code: 'input-missing', message: 'Input `image` is not given. Set it to an image pinned by digest, the output `image` of build-image.' })
  else if (pinnedImage(given.image) === undefined) problems.push({ code: 'image-not-pinned', message: `Input \`image\` is "${given.image}". Name the image by digest: \`<name>@sha256:<64 hex>\`.` })
  if (given.version === undefined) problems.push({ code: 'input-missing', message: 'Input `version` is not given. Set it to the version that the image carries, the output `version` of build-image.' })
  problems.push(...addressProblems(environment))
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
  return {
    environment,
    url: environment.url ?? '',
    release: releaseOf(given.image ?? '', given.version ?? '', given.commit ?? '', environment, ambient),
    requestedAt: given['requested-at'] ?? ambient.clock.now(),
    dryRun: given['dry-run'] === true,
    ...(given.force === undefined ? {} : { force: given.force }),
    ...(given['break-glass'] === undefined ? {} : { breakGlass: given['break-glass'] }),
    ...(given.receipt === undefined ? {} : { receipt: given.receipt }),
  }
}

/** Without these nothing that is served can be observed, and so nothing could ever be green. */
export function addressProblems(environment: Environment): readonly Problem[] {
  const place = `environments.${environment.name}`
  return [
    ...(environment.url === undefined ? [{ code: 'input-missing' as const, message: `No address is known for \`${environment.name}\`. Set \`${place}.url\` in the configuration, or the input \`url\`.` }] : []),
    ...(environment.identity === undefined ? [{ code: 'input-missing' as const, message: `Nothing says how an answer of \`${environment.name}\` names its release. Set \`identity\` in the configuration, or the input \`identity\`.` }] : []),
  ]
}

function releaseOf(image: string, version: string, commit: string, environment: Environment, ambient: Ambient): Release {
  const { app, settings } = environment
  return { app, version, commit, images: { [app]: image }, serving: app, settings, settingsHash: ambient.files.sha256(settingsText(settings)) }
}
