import type { Through } from '../../../domain/backup.js'
import { InputError, type Problem } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Address } from './address.js'

/** These take any certificate, or none. */
const UNCHECKED = ['disable', 'allow', 'prefer']

/** The address with the signer's certificate in a file of ours, since libpq takes no text. Who gives one wants it checked, host name and all. */
export async function trusting(address: Address, given: { readonly ca: string | undefined; readonly through: Through | undefined }, ambient: Ambient): Promise<Address> {
  const { ca, through } = given
  if (ca === undefined) return address
  const mode = address.env['PGSSLMODE'] ?? 'verify-full'
  const [first, ...rest] = problemsOf(address, { ca, mode, through })
  if (first !== undefined) throw new InputError([first, ...rest])
  const folder = await ambient.files.temporary('ecluse-ca-')
  ambient.atEnd?.(() => ambient.files.remove(folder))
  const file = `${folder}/ca.pem`
  await ambient.files.write(file, ca.endsWith('\n') ? ca : `${ca}\n`, { mode: 0o600 })
  return { ...address, env: { ...address.env, PGSSLMODE: mode, PGSSLROOTCERT: file } }
}

function problemsOf(address: Address, { ca, mode, through }: { readonly ca: string; readonly mode: string; readonly through: Through | undefined }): readonly Problem[] {
  const problem = (message: string, fix: string): Problem => ({ code: 'input-invalid', message, fix })
  return [
    ...(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(ca) ? [] : [problem('`backup.ca` is no certificate in the form of PEM.', 'Give the text that begins with `-----BEGIN CERTIFICATE-----`, line breaks included.')]),
    ...(UNCHECKED.includes(mode) ? [problem(`\`backup.ca\` is given, and the address of the database says \`sslmode=${mode}\`, which checks no certificate.`, 'Take `sslmode` out of the address, or set it to `verify-full`.')] : []),
    ...(address.env['PGSSLROOTCERT'] === undefined ? [] : [problem('The certificate of the signer is given twice: by `backup.ca`, and as `sslrootcert` in the address of the database.', 'Take one of them out.')]),
    ...(through === undefined || through.kind === 'image' ? [] : [problem('`backup.ca` is a file of this machine, and the client programs run elsewhere (`backup.through`).', 'Name the file as it is there by `sslrootcert=…` in the address of the database.')]),
  ]
}
