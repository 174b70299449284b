import { LineCounts, type FileCoverage, type Ratio } from './coverage.js'
import { below, childrenOf, countIn, type XmlElement } from './element.js'
import { grouped } from './grouping.js'

/** Files of a coverage report in Cobertura's or JaCoCo's XML. Throws a `TypeError` for anything else. */
export function coverageXmlFiles(root: XmlElement): readonly FileCoverage[] {
  if (root.name === 'coverage') return coberturaFiles(root)
  if (root.name === 'report') return jacocoFiles(root)
  throw new TypeError(`it begins with <${root.name}>, not with Cobertura's <coverage> or JaCoCo's <report>`)
}

/** A file may hold several classes; a line that two of them name is one line. */
function coberturaFiles(root: XmlElement): readonly FileCoverage[] {
  if (childrenOf(root, 'packages', 'sources').length === 0) throw new TypeError('its <coverage> holds no <packages>, as Cobertura writes them')
  const sources = below(root, 'source').map(({ text }) => text.trim().replaceAll('\\', '/').replace(/\/+$/, '')).filter((text) => text !== '')
  const classes = grouped(below(root, 'class'), ({ attributes }) => attributes.get('filename') ?? '')
  return [...classes].map(([filename, parts]) => {
    const counts = new LineCounts()
    // Lines stand in methods and once more in the class.
    for (const line of parts.flatMap((part) => below(part, 'line'))) {
      const number = countIn(line, 'number')
      counts.line(number, countIn(line, 'hits') > 0)
      const forks = /\((\d+)\/(\d+)\)/.exec(line.attributes.get('condition-coverage') ?? '')
      for (let index = 0; index < Math.min(Number(forks?.[2] ?? 0), 1000); index += 1) counts.branch(`${number},${index}`, index < Number(forks?.[1]))
    }
    return counts.coverage(inSource(filename.replaceAll('\\', '/'), sources))
  })
}

/** Names are relative to a source folder: which one can be told only where there is one. */
function inSource(filename: string, sources: readonly string[]): string {
  const [only] = sources
  return only === undefined || sources.length > 1 || only === '.' || /^(?:\/|[A-Za-z]:)/.test(filename) ? filename : `${only}/${filename}`
}

function jacocoFiles(root: XmlElement): readonly FileCoverage[] {
  if (childrenOf(root, 'package', 'group', 'counter', 'sessioninfo').length === 0) throw new TypeError('its <report> holds no <package>, <group> or <counter>, as JaCoCo writes them')
  return inGroup(root, [])
}

/** A group is a module: files of two of them may have one name. */
function inGroup(element: XmlElement, path: readonly string[]): readonly FileCoverage[] {
  const named = (one: XmlElement): string => one.attributes.get('name') ?? ''
  const own = childrenOf(element, 'package').flatMap((one) => childrenOf(one, 'sourcefile').map((file) => ({
    file: [...path, named(one), named(file)].filter((part) => part !== '').join('/'),
    lines: counter(file, 'LINE'),
    branches: counter(file, 'BRANCH'),
  })))
  return [...own, ...childrenOf(element, 'group').flatMap((group) => inGroup(group, [...path, named(group)]))]
}

function counter(file: XmlElement, type: string): Ratio {
  const found = childrenOf(file, 'counter').find(({ attributes }) => attributes.get('type') === type)
  if (found === undefined) return { covered: 0, total: 0 }
  const covered = countIn(found, 'covered')
  return { covered, total: covered + countIn(found, 'missed') }
}
