/** A Sigstore of our own: an authority that certifies what an identity token says, and one for timestamps; OpenSSL is both. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export interface Claims {
  readonly iss: string
  readonly job_workflow_ref?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly repository?: string
}

export interface Sigstore {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Certificates of the authority, and of the one for timestamps with its authority. */
  readonly authority: string
  readonly timestamps: string
  readonly folder: string
  /** How often it certified somebody. */
  readonly certified: () => number
  /** While it is set, nobody is certified. */
  down: boolean
  readonly stop: () => Promise<void>
}

const run = promisify(execFile)

/** An identity token as GitHub gives one. Nobody here looks at its signature. */
export function identityToken(claims: Claims): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ alg: 'RS256' }), part({ aud: 'sigstore', sub: 'test', exp: 4_102_444_800, iat: 1_700_000_000, nbf: 1_700_000_000, ...claims }), 'c2lnbmF0dXJl'].join('.')
}

const AUTHORITY = '[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nO=sigstore.example\nCN=authority\n[v3]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
const STAMPING = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'
const STAMPS = '[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512\ness_cert_id_alg=sha256\nsigner_digest=sha256\naccuracy=secs:1\n'

/** `openssl` is the program. */
export async function startSigstore(openssl: string): Promise<Sigstore> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-sigstore-'))
  const ssl = (argv: readonly string[], cwd = folder): Promise<unknown> => run(openssl, argv, { cwd })
  await Promise.all([writeFile(`${folder}/ca.cnf`, AUTHORITY), writeFile(`${folder}/tsa.ext`, STAMPING), writeFile(`${folder}/ts.cnf`, STAMPS)])
  for (const name of ['ca', 'tsa']) await ssl(['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${name}.key`])
  await ssl(['req', '-x509', '-new', '-key', 'ca.key', '-config', 'ca.cnf', '-days', '30', '-out', 'ca.pem'])
  await ssl(['req', '-new', '-key', 'tsa.key', '-subj', '/O=sigstore.example/CN=timestamps', '-out', 'tsa.csr'])
  await ssl(['x509', '-req', '-in', 'tsa.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'tsa.ext', '-out', 'tsa.pem'])
  await writeFile(`${folder}/stamps.pem`, (await readFile(`${folder}/tsa.pem`, 'utf8')) + (await readFile(`${folder}/ca.pem`, 'utf8')))

  let certified = 0
  const state = { down: false }
  const inFolder = async (work: (own: string) => Promise<Buffer>): Promise<Buffer> => {
    const own = await mkdtemp(`${folder}/call-`)
    return work(own)
  }
  const certificate = (claims: Claims, key: string): Promise<Buffer> => inFolder(async (own) => {
    await Promise.all([writeFile(`${own}/key.pem`, key), writeFile(`${own}/leaf.ext`, extensions(claims))])
    await ssl(['x509', '-new', '-force_pubkey', 'key.pem', '-subj', '/', '-CA', '../ca.pem', '-CAkey', '../ca.key', '-days', '1', '-extfile', 'leaf.ext', '-out', 'leaf.pem'], own)
    return readFile(`${own}/leaf.pem`)
  })
  const stamp = (query: Buffer): Promise<Buffer> => inFolder(async (own) => {
    await writeFile(`${own}/query`, query)
    await ssl(['ts', '-reply', '-config', '../ts.cnf', '-queryfile', 'query', '-signer', '../tsa.pem', '-inkey', '../tsa.key', '-out', 'reply'], own)
    return readFile(`${own}/reply`)
  })
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (request.url === '/api/v1/timestamp') {
      const reply = await stamp(body)
      response.writeHead(201, { 'content-type': 'application/timestamp-reply' }).end(reply)
      return
    }
    if (state.down) return void response.writeHead(400, { 'content-type': 'application/json' }).end('{"code":14,"message":"the authority rests"}')
    const [, claims = ''] = (request.headers.authorization ?? '').split('.')
    const asked = JSON.parse(body.toString()) as { publicKeyRequest: { publicKey: { content: string } } }
    const leaf = await certificate(JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims, asked.publicKeyRequest.publicKey.content)
    certified += 1
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates: [leaf.toString(), await readFile(`${folder}/ca.pem`, 'utf8')] } } }))
  }
  const server = http.createServer((request, response) => void answer(request, response).catch((fault: unknown) => response.writeHead(500).end(String(fault)))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return Object.assign(state, {
    url, folder, authority: `${folder}/ca.pem`, timestamps: `${folder}/stamps.pem`, certified: () => certified,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  })
}

/** As Fulcio writes them: who it is, who says so, and the repository that the job is of. */
function extensions({ iss, job_workflow_ref: workflow, email, repository }: Claims): string {
  const raw = (number: number, text: string): string => `1.3.6.1.4.1.57264.1.${number}=DER:${Buffer.from(text).toString('hex')}\n`
  const name = workflow === undefined ? `email:${email}` : `URI:https://github.com/${workflow}`
  return [
    'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
    `subjectAltName=critical,${name}\n`, raw(1, iss), `1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:${iss}\n`, repository === undefined ? '' : raw(5, repository),
  ].join('')
}
