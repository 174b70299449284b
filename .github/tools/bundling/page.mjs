// core/page → one file that needs nothing else: no server, no other file, no request.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { root } from './place.mjs'

const room = path.join(root, 'core', 'page')
const browsers = ['chrome123', 'firefox121', 'safari17.5']

const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [path.join(room, entry)],
    absWorkingDir: root, bundle: true, write: false, minify: true, format: 'iife', platform: 'browser', target: browsers,
    charset: 'ascii', legalComments: 'none', logLevel: 'silent', tsconfigRaw: {},
  })
  return outputFiles[0].text.trim()
}

/** The end of an element inside of its own text would end it early. */
const fits = (text, element) => {
  if (new RegExp(`</${element}|<!--`, 'i').test(text)) throw new Error(`The page's <${element}> holds \`</${element}\` or \`<!--\`, which would end or hide it.`)
  return text
}

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing may be loaded and nothing but our own text runs; images are those in the text itself. */
const policyFor = (style, program) =>
  `default-src 'none'; script-src ${hashOf(program)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`

// Each mark stands once, and what is put in is not looked through for marks again.
const fill = (template, parts) => {
  const marks = Object.keys(parts)
  const strange = marks.filter((mark) => template.split(mark).length !== 2)
  if (strange.length > 0) throw new Error(`core/page/index.html must hold ${strange.join(', ')} once.`)
  return template.split(/(\/\*[A-Z]+\*\/)/).map((piece) => parts[piece] ?? piece).join('')
}

/** The page with `MODEL` still in its marks, which is where the model goes. The same sources give the same bytes. */
export const buildPage = async () => {
  const [template, style, program, licence] = await Promise.all([
    readFile(path.join(room, 'index.html'), 'utf8'),
    bundle('style.css').then((text) => fits(text, 'style')),
    bundle('main.ts').then((text) => fits(text, 'script')),
    readFile(path.join(root, 'node_modules', 'uplot', 'LICENSE'), 'utf8'),
  ])
  const page = fill(template, { '/*POLICY*/': policyFor(style, program), '/*STYLE*/': style, '/*PROGRAM*/': program })
  return `${page.trimEnd()}\n<!--\nThis page holds uPlot:\n\n${licence.trim()}\n-->\n`
}

/** Into `<into>/page`; its size as a line of the table of bundles. */
export const bundlePage = async (into) => {
  const started = performance.now()
  const page = await buildPage()
  await mkdir(path.join(into, 'page'), { recursive: true })
  await writeFile(path.join(into, 'page', 'index.html'), page)
  const size = Math.round(Buffer.byteLength(page) / 1000)
  return { name: 'page', 'entry kB': size, 'all kB': size, files: 1, seconds: Number(((performance.now() - started) / 1000).toFixed(1)) }
}
