import { EcluseError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Signer } from '../../core/ports/signatures.js'
import type { Examined } from './examine.js'
import type { Made } from './report.js'
import type { ImageRequest } from './request.js'

const NOTHING: Examined = { refused: [], parts: [], outputs: {} }

type Opening = (() => Promise<Signer>) | undefined

/**
 * Whether an image that was there already has to be built here before it may be signed. Whoever may write to the registry can put
 * an image there under the name of any content; our signature would make it ours. What we signed before, we built.
 */
export async function doubted({ settings: { app, sign } }: ImageRequest, { built: { image, reused }, origin }: Made, open: Opening, ambient: Ambient): Promise<Examined & { readonly again: boolean }> {
  if (!reused || sign === undefined || open === undefined || isFolder(image)) return { ...NOTHING, again: false }
  const told = await orRefused(`${app} ${origin.version}`, async () => {
    if (await (await open()).signed(image)) return NOTHING
    const text = `An image of this content was there already (${image}), and it is not signed by the key or identity that signs here: it was built again.`
    ambient.log.info(text)
    return { ...NOTHING, parts: [{ kind: 'text', text }] }
  })
  return { ...told, again: told.parts.length > 0 }
}

/** Signs the image where it lies, unless it was done before; what could not be signed where that is asked for is not announced. */
export async function signed({ settings: { app, sign } }: ImageRequest, { built: { image }, origin }: Made, open: Opening, ambient: Ambient): Promise<Examined> {
  if (sign === undefined || open === undefined) return NOTHING
  const name = `${app} ${origin.version}`
  if (isFolder(image)) return refused(name, 'It is a folder on a disk, and a signature lies beside the image in its registry. Set `build.repository`, or take `build.sign` out.')
  ambient.log.step(`Sign ${name}`)
  return orRefused(name, async () => {
    const { by, fresh } = await (await open()).sign(image)
    ambient.log.info(`${fresh ? 'Signed' : 'Signed before'} by ${by}.`)
    return { ...NOTHING, parts: [{ kind: 'text', text: `${fresh ? 'Signed' : 'Signed already'} by ${by}; the signature was verified in the registry.` }] }
  })
}

function isFolder(image: string): boolean {
  return image.startsWith('oci-layout://')
}

function refused(name: string, message: string): Examined {
  return { ...NOTHING, refused: [{ reason: 'not-signed', message: `${name} is not signed. ${message}` }] }
}

async function orRefused(name: string, act: () => Promise<Examined>): Promise<Examined> {
  try {
    return await act()
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code === 'aborted') throw fault
    return refused(name, `${fault.message} ${fault.fix}`)
  }
}

/** What both steps found, in their order. */
export function together(first: Examined, second: Examined): Examined {
  return { refused: [...first.refused, ...second.refused], parts: [...first.parts, ...second.parts], outputs: { ...first.outputs, ...second.outputs } }
}
