import { documentText } from '../../../domain/delivery-document-decode.js'
import type { DeliveryDocument } from '../../../domain/delivery-document.js'
import { fileOf, filesByAge, folderOf, recordIn, type Promised } from '../../../domain/record-files.js'
import { messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Records } from '../../../ports/records.js'

/** Full records as files of this machine: `<folder>/<environment>/<delivery>.json`. */
export function folderRecords({ folder }: { readonly folder: string }, { files, paths }: Pick<Ambient, 'files' | 'paths'>): Records {
  const place = folder.startsWith('/') ? folder : `${paths.work}/${folder}`
  return {
    async put(document) {
      const text = documentText(document)
      const sha256 = files.sha256(text)
      const below = folderOf(document.delivery.environment)
      const usual = fileOf(document.delivery.id)
      const there = await files.textIfThere(`${place}/${below}/${usual}`)
      // Two runs may close one delivery, and the ledger takes the word of one of them: both are kept.
      const name = there === undefined || there === text ? usual : fileOf(document.delivery.id, sha256)
      if (there !== text) await files.write(`${place}/${below}/${name}`, text)
      return { sha256, link: `${folder}/${below}/${name}` }
    },
    async *newest(environment, most, damaged, sha256Of) {
      const below = `${place}/${folderOf(environment)}`
      const there = (await files.list(below)).filter(({ kind }) => kind === 'file').map(({ name }) => name)
      let told = 0
      for (const { delivery, names } of filesByAge(there)) {
        if (told >= most) return
        const found = await intact(names.map((name) => `${below}/${name}`), { environment, delivery, sha256: sha256Of?.(delivery) }, files)
        if ('why' in found) {
          damaged(found.place, found.why)
          continue
        }
        told += 1
        yield found.document
      }
    },
  }
}

type Found = { readonly document: DeliveryDocument } | { readonly place: string; readonly why: string }

/** The first of the files that is what it should be; else what is wrong with the first. */
async function intact(places: readonly string[], promised: Promised, files: Ambient['files']): Promise<Found> {
  let fault: Found | undefined
  for (const place of places) {
    try {
      return { document: recordIn(await files.text(place), promised, (text) => files.sha256(text)) }
    } catch (thrown) {
      fault ??= { place, why: messageOf(thrown) }
    }
  }
  return fault ?? { place: '', why: 'there is no file' }
}
