import { z } from 'zod'
import { isMapping } from '../extends.js'
import { text } from '../words.js'

/** Where the application's settings are written. */
export const layersSchema = z.union([
  z.literal(false, { error: '`false`, or a mapping such as `{ folder: environments }`' }).meta({ description: 'The folder holds something else.' }),
  z.strictObject({
    folder: text('Folder with one file for each environment, and `base.yml` for all. Default: `environments`.', 'environments').optional(),
    schema: text('The schema that all of them follow. Default: `schema.yml` in the folder.', 'environments/schema.yml').optional(),
    'env-example': text('Example of a `.env` file that is checked against the schema. Default: `.env.example`, when it is there.', '.env.example').optional(),
  }, { error: '`false`, or a mapping such as `{ folder: environments }`' }),
], { error: '`false`, or a mapping such as `{ folder: environments }`' })
  .meta({ description: "The application's own settings, a file for each environment, beside this file. Read when the schema is there.", examples: [{ folder: 'environments' }] })

/** A file, and how people name it. */
export interface Named {
  readonly path: string
  readonly shown: string
}

export interface LayerPlaces {
  /** They were asked for by name. */
  readonly asked: boolean
  readonly folder: Named
  readonly schema: Named
  readonly example?: Named & { readonly asked: boolean }
}

/** Where the layers would be; `undefined` when they are switched off. Paths begin where `ecluse.yml` is. */
export function layerPlaces(layers: unknown, file: Named): LayerPlaces | undefined {
  if (layers === false) return undefined
  const given = isMapping(layers) ? layers : {}
  const word = (key: string): string | undefined => {
    const found = given[key]
    return typeof found === 'string' && found !== '' ? found.replace(/^\.\//, '').replace(/\/+$/, '') : undefined
  }
  const folder = word('folder') ?? 'environments'
  const example = word('env-example')
  return {
    asked: isMapping(layers) && (given['folder'] !== undefined || given['schema'] !== undefined),
    folder: beside(file, folder),
    schema: beside(file, word('schema') ?? `${folder}/schema.yml`),
    example: { ...beside(file, example ?? '.env.example'), asked: example !== undefined },
  }
}

function beside({ path, shown }: Named, name: string): Named {
  if (name.startsWith('/')) return { path: name, shown: name }
  const folderOf = (of: string): string => of.slice(0, of.lastIndexOf('/') + 1)
  return { path: `${folderOf(path)}${name}`, shown: `${folderOf(shown)}${name}` }
}
