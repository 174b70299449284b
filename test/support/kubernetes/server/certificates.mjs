// Whom the parts of a cluster trust, and who they are: one signer, and a certificate for each.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { engine } from '../../engines/catalogue.mjs'
import { call } from '../../docker/server/children.mjs'

/** The node has the name of its address, so that the API server finds its kubelet there. */
export const nodeName = '127.0.0.1'

// The groups are those that Kubernetes grants rights by itself.
const subjects = { api: '/CN=kube-apiserver', admin: '/O=system:masters/CN=admin', kubelet: `/O=system:nodes/CN=system:node:${nodeName}` }
const settings = '[req]\ndistinguished_name = name\n[name]\n'

const certify = (folder, name, subject, more) => {
  const { path: openssl, missing } = engine('openssl')
  if (missing) throw new Error(missing)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', path.join(folder, `${name}.key`)]
  const common = ['req', '-config', path.join(folder, 'openssl.cnf'), '-x509', '-days', '2', '-subj', subject, '-out', path.join(folder, `${name}.crt`)]
  call(openssl, [...common, ...key, ...more])
}

/** Writes `<name>.crt` and `<name>.key` of `ca`, `api`, `admin` and `kubelet`, and the key that tokens of accounts are signed with. */
export const writeCertificates = (folder) => {
  writeFileSync(path.join(folder, 'openssl.cnf'), settings)
  certify(folder, 'ca', '/CN=lab', ['-addext', 'basicConstraints=critical,CA:TRUE'])
  const signed = ['-CA', path.join(folder, 'ca.crt'), '-CAkey', path.join(folder, 'ca.key'), '-addext', 'extendedKeyUsage=serverAuth,clientAuth', '-addext', 'subjectAltName=IP:127.0.0.1']
  for (const [name, subject] of Object.entries(subjects)) certify(folder, name, subject, signed)
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  writeFileSync(path.join(folder, 'accounts.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
  writeFileSync(path.join(folder, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
}

/** A configuration of `kubectl`, which is what the kubelet reads, too. */
export const configuration = ({ folder, server, user }) => {
  const certificate = { 'client-certificate': path.join(folder, `${user}.crt`), 'client-key': path.join(folder, `${user}.key`) }
  const cluster = { server, 'certificate-authority-data': readFileSync(path.join(folder, 'ca.crt')).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'lab',
    clusters: [{ name: 'lab', cluster }], users: [{ name: user, user: certificate }], contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
  })
}
