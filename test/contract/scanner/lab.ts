/** Images, databases and programs for the tests of scanners. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { ociLayoutArchives } from '../../../core/drivers/archives/oci-layout/index.js'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import { systemProcesses } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { ScanTarget } from '../../../core/ports/scanner.js'
import { contextOf, requestFor, surroundings, temporaryFolder, type Sources } from '../builder/context.js'

export { removeFolders, temporaryFolder } from '../builder/context.js'

/** This machine with these folders first on PATH, or alone. */
export async function machine(folders: readonly string[], alone = false): Promise<{ readonly ambient: Ambient; readonly warnings: readonly string[]; readonly temp: string }> {
  const temp = await temporaryFolder()
  const { ambient, warnings } = await surroundings(await temporaryFolder())
  const PATH = [...folders, ...(alone ? [] : [process.env['PATH'] ?? ''])].join(path.delimiter)
  const env = { ...process.env, PATH, TMPDIR: temp }
  const temporary = (prefix: string): Promise<string> => mkdtemp(path.join(temp, prefix))
  return { warnings, temp, ambient: { ...ambient, process: systemProcesses({ signal: ambient.signal, env }), files: { ...ambient.files, temporary } } }
}

/** What lies in the temporary folder that scans use. */
export const leftIn = (temp: string): Promise<readonly string[]> => readdir(temp)

const installed = (packages: Readonly<Record<string, string>>): Sources => ({
  'node_modules/.package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: Object.fromEntries(Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }])) }),
  ...Object.fromEntries(Object.entries(packages).map(([name, version]) => [`node_modules/${name}/package.json`, JSON.stringify({ name, version })])),
})

/** The database of Debian's own packages as they are in an image. */
const debian = (packages: Readonly<Record<string, string>>): string =>
  Object.entries(packages).map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\nArchitecture: amd64\nMaintainer: nobody\nDescription: none\n`).join('\n')

export interface Contents {
  /** npm packages by name. */
  readonly npm?: Readonly<Record<string, string>>
  readonly debian?: Readonly<Record<string, string>>
}

/** Sources of an image with these packages in it. */
export function sourcesOf({ npm = {}, debian: system = {} }: Contents): Sources {
  return {
    Dockerfile: `FROM scratch\nCOPY . /app/\n${Object.keys(system).length === 0 ? '' : 'COPY dpkg/status /var/lib/dpkg/status\nCOPY os-release /etc/os-release\n'}`,
    'server.mjs': 'serve()\n',
    ...(Object.keys(npm).length === 0 ? {} : installed(npm)),
    ...(Object.keys(system).length === 0 ? {} : { 'dpkg/status': debian(system), 'os-release': 'ID=debian\nVERSION_ID="12"\n' }),
  }
}

/** A real image with these packages, as the archive of one platform. */
export async function imageWith(contents: Contents, ambient: Ambient): Promise<ScanTarget> {
  const layout = await temporaryFolder()
  const { image } = await ociLayoutBuilder(ambient).build(requestFor(await contextOf(sourcesOf(contents)), layout))
  const archive = path.join(layout, 'image.tar')
  await ociLayoutArchives(ambient).save(image, 'linux/amd64', archive)
  return { image, archive }
}

export const LODASH = {
  schema_version: '1.6.0', id: 'GHSA-35jh-r3h4-6jhm', modified: '2026-01-01T00:00:00Z', published: '2021-05-06T00:00:00Z', aliases: ['CVE-2021-23337'],
  summary: 'Command Injection in lodash', details: 'Templates run what they are given.',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [{ package: { ecosystem: 'npm', name: 'lodash', purl: 'pkg:npm/lodash' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '4.17.21' }] }] }],
  database_specific: { severity: 'HIGH' },
}

/** An OSV database of our own: ecosystem → advisories. */
export async function databaseOf(ecosystems: Readonly<Record<string, readonly { readonly id: string }[]>>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, advisories] of Object.entries(ecosystems)) {
    await mkdir(path.join(folder, 'osv-scanner', name), { recursive: true })
    await writeFile(path.join(folder, 'osv-scanner', name, 'all.zip'), zipOf(advisories.map((one) => [`${one.id}.json`, JSON.stringify(one)])))
  }
  return folder
}

/** A zip archive of files as they are. */
function zipOf(files: readonly (readonly [name: string, content: string])[]): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  for (const [name, content] of files) {
    const [title, bytes] = [Buffer.from(name), Buffer.from(content)]
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0)
    about.writeUInt32LE(crc32(bytes), 10)
    about.writeUInt32LE(bytes.length, 14)
    about.writeUInt32LE(bytes.length, 18)
    about.writeUInt16LE(title.length, 22)
    const at = Buffer.alloc(14)
    at.writeUInt32LE(locals.reduce((sum, part) => sum + part.length, 0), 10)
    locals.push(Buffer.concat([Buffer.from('PK\u0003\u0004'), about, title, bytes]))
    entries.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), about, at, title]))
  }
  const [body, list, end] = [Buffer.concat(locals), Buffer.concat(entries), Buffer.alloc(22)]
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(body.length, 16)
  return Buffer.concat([body, list, end])
}

/** A folder with a program of this name: a script of this machine's node, which gets what follows it as `argv`. */
export async function programNamed(name: string, script: string): Promise<string> {
  const folder = await temporaryFolder()
  const file = path.join(folder, name)
  await writeFile(file, `#!${process.execPath}\nconst argv = process.argv.slice(2)\nconst { readFileSync, writeFileSync, appendFileSync } = require('node:fs')\n${script}\n`)
  await chmod(file, 0o755)
  return folder
}

export const withoutFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })
export const nowhere = path.join(os.tmpdir(), 'no-such-folder')
