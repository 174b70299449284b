import { EcluseError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Signer } from '../../core/ports/signatures.js'
import type { Examined } from './examine.js'
import type { Made } from './report.js'
import type { ImageRequest } from './request.js'

/** Signs the image where it lies, unless it was done before; what could not be signed where that is asked for is not announced. */
export async function signed({ settings: { app, sign } }: ImageRequest, { built: { image }, origin }: Made, open: (() => Promise<Signer>) | undefined, ambient: Ambient): Promise<Examined> {
  if (sign === undefined || open === undefined) return { refused: [], parts: [], outputs: {} }
  const refused = (message: string): Examined => ({ refused: [{ reason: 'not-signed', message: `${app} ${origin.version} is not signed. ${message}` }], parts: [], outputs: {} })
  if (image.startsWith('oci-layout://')) return refused('It is a folder on a disk, and a signature lies beside the image in its registry. Set `build.repository`, or take `build.sign` out.')
  ambient.log.step(`Sign ${app} ${origin.version}`)
  try {
    const { by, fresh } = await (await open()).sign(image)
    ambient.log.info(`${fresh ? 'Signed' : 'Signed before'} by ${by}.`)
    return { refused: [], parts: [{ kind: 'text', text: `${fresh ? 'Signed' : 'Signed already'} by ${by}; the signature was verified in the registry.` }], outputs: {} }
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code === 'aborted') throw fault
    return refused(`${fault.message} ${fault.fix}`)
  }
}

/** What both steps found, in their order. */
export function together(first: Examined, second: Examined): Examined {
  return { refused: [...first.refused, ...second.refused], parts: [...first.parts, ...second.parts], outputs: { ...first.outputs, ...second.outputs } }
}
