import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { openScratchHost } from '../../../core/drivers/databases/postgres/proof/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Database } from '../../../core/ports/database.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { clientProgram } from '../../support/database-lab.js'
import { startPostgres, withEngines, type RunningPostgres } from '../../support/engines/index.js'

withEngines(['postgres', 'pg-clients', 'openssl'], 'a database that is reached by TLS', (pathOf) => {
  let folder = ''
  let server: RunningPostgres
  let plain: RunningPostgres
  let ambient: Ambient
  const tidy: (() => Promise<void>)[] = []
  const file = (name: string): string => path.join(folder, name)
  const text = (name: string): string => readFileSync(file(name), 'utf8')
  const openssl = (...words: readonly string[]): void => void execFileSync(pathOf('openssl'), words, { cwd: folder, stdio: 'pipe' })

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-tls-'))
    for (const name of ['signer', 'stranger']) openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=db.shop.example', '-keyout', 'server.key', '-out', 'server.csr')
    writeFileSync(file('names'), 'subjectAltName=DNS:db.shop.example\n')
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'signer.pem', '-CAkey', 'signer.key', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'server.crt');
    [server, plain] = await Promise.all([startPostgres(), startPostgres()])
    const { uid, gid } = statSync(server.dataDir)
    for (const name of ['server.key', 'server.crt']) {
      copyFileSync(file(name), path.join(server.dataDir, name))
      chownSync(path.join(server.dataDir, name), uid, gid)
    }
    sql(`ALTER SYSTEM SET ssl = on`)
    // Only by TLS, but for who is made below.
    const rules = path.join(server.dataDir, 'pg_hba.conf')
    writeFileSync(rules, 'hostssl all all all scram-sha-256\nhost all postgres all reject\n')
    sql('SELECT pg_reload_conf()')
    ambient = { ...backupAmbient({ work: folder, env: { ...process.env, HOME: folder } }), atEnd: (work) => void tidy.push(work) }
  })
  afterAll(async () => {
    await Promise.all([server.stop(), plain.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  function sql(statement: string): void {
    execFileSync(clientProgram('psql'), ['-XqAtc', statement], { env: { ...process.env, PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password, PGDATABASE: 'postgres' } })
  }
  const address = (more: string, host = 'db.shop.example'): string => `postgres://${server.user}:${server.password}@${host}:${server.port}/postgres?hostaddr=${server.host}${more}`
  const at = (url: string, ca?: string): Database => postgresDatabase({ url, ...(ca === undefined ? {} : { ca }) }, ambient)
  const failure = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it did not fail', (fault: unknown) => fault)

  test.each(['require', 'verify-ca', 'verify-full'])('sslmode=%s with the file of the signer', async (mode) => {
    expect(await at(address(`&sslmode=${mode}&sslrootcert=${encodeURIComponent(file('signer.pem'))}`)).about()).toMatchObject({ host: 'db.shop.example', name: 'postgres' })
  })

  test('the text of the signer: checked whole, in a file that only we read and that is gone at the end', async () => {
    const seen: string[] = []
    const inner = ambient.files
    const watching: Ambient = { ...ambient, files: { ...inner, write: async (name, content, options) => {
      await inner.write(name, content, options)
      seen.push(name)
    } } }
    const database = postgresDatabase({ url: address(''), ca: text('signer.pem') }, watching)
    expect(await database.about()).toMatchObject({ name: 'postgres' })
    expect(seen.map((name) => statSync(name).mode & 0o777)).toEqual([0o600])
    expect(readFileSync(seen[0]!, 'utf8')).toBe(text('signer.pem'))
    await Promise.all(tidy.map((work) => work()))
    expect(existsSync(path.dirname(seen[0]!))).toBe(false)
  })

  test.each<[string, string, string, RegExp, RegExp]>([
    ['another signer', '', 'stranger.pem', /certificate verify failed/, /backup\.ca/],
    ['another signer, by a file', '&sslmode=verify-ca&sslrootcert=@stranger.pem', '', /certificate verify failed/, /sslrootcert/],
    ['no signer', '&sslmode=verify-full', '', /root certificate file/, /backup\.ca/],
    ['a file that is not there', '&sslmode=verify-full&sslrootcert=@nowhere.pem', '', /nowhere\.pem.* does not exist/, /sslrootcert/],
    ['no TLS where the server wants it', '&sslmode=disable', '', /no encryption|rejects connection/, /./],
  ])('%s', async (_, more, ca, why, fix) => {
    const url = address(more.replace(/@(\S+)/, (_all, name: string) => encodeURIComponent(file(name))))
    expect(await failure(at(url, ca === '' ? undefined : text(ca)).about())).toMatchObject({ code: 'database-unreachable', message: expect.stringMatching(why), fix: expect.stringMatching(fix) })
  })

  test('another host name than the one of the certificate', async () => {
    expect(await failure(at(address('', 'other.shop.example'), text('signer.pem')).about())).toMatchObject({
      code: 'database-unreachable', message: expect.stringMatching(/does not match host name "other\.shop\.example"/), fix: expect.stringContaining('hostaddr'),
    })
    expect(await at(address('&sslmode=verify-ca', 'other.shop.example'), text('signer.pem')).about()).toMatchObject({ host: 'other.shop.example' })
  })

  test('a server without TLS', async () => {
    expect(await failure(at(`${plain.url}?sslmode=require`).about())).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('does not support SSL'), fix: expect.stringContaining('ssl = on') })
    expect(await failure(at(plain.url, text('signer.pem')).about())).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('does not support SSL') })
  })

  test('what contradicts itself is told at once', async () => {
    const fault = await failure(at(`${plain.url}?sslmode=prefer&sslrootcert=/tmp/x.pem`, 'planted text').about()) as { problems: readonly { message: string }[] }
    expect(fault).toMatchObject({ family: 'input' })
    expect(fault.problems.map(({ message }) => message)).toEqual([expect.stringContaining('PEM'), expect.stringContaining('sslmode=prefer'), expect.stringContaining('twice')])
    expect(JSON.stringify(fault)).not.toContain('planted text')
    const through = postgresDatabase({ url: plain.url, ca: text('signer.pem'), through: { kind: 'docker', container: 'db' } }, ambient)
    expect(await failure(through.about())).toMatchObject({ family: 'input', message: expect.stringContaining('backup.through'), fix: expect.stringContaining('sslrootcert') })
  })

  test('the other server that copies are proven in is checked by the same signer when its address asks for it', async () => {
    const place = (more: string): Parameters<typeof openScratchHost>[0] => ({ database: address(''), ca: text('signer.pem'), proveIn: { kind: 'server', url: address(more) } })
    const traits = await at(address(''), text('signer.pem')).traits()
    const host = await openScratchHost(place('&sslmode=verify-full'), ambient)
    await (await host.scratch(traits)).drop()
    const strict = await openScratchHost({ ...place(''), proveIn: { kind: 'server', url: address('&sslmode=verify-full', 'wrong.example') } }, ambient)
    expect(await failure(strict.scratch(traits))).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('wrong.example') })
  })
})
