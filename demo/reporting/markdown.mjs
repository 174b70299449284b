// The job summaries of the actions as HTML. They hold what our own renderer writes, every observed text in it as entities.

/** Headings, tables, lists, paragraphs; HTML stays as it is. Drawings for GitHub are left out: their table stays. */
export function htmlOf(markdown) {
  const blocks = markdown.replaceAll(/```mermaid[\s\S]*?```/g, '').split(/\n{2,}/).map((block) => block.trim()).filter((block) => block !== '')
  return blocks.map(blockOf).join('\n')
}

function blockOf(block) {
  const heading = /^(#{2,3}) (.*)$/.exec(block)
  if (heading !== null) return `<h${heading[1].length + 1}>${heading[2]}</h${heading[1].length + 1}>`
  if (block.startsWith('|')) return tableOf(block.split('\n'))
  if (block.startsWith('- ')) return `<ul>${block.split('\n').map((line) => `<li>${line.slice(2)}</li>`).join('')}</ul>`
  return block.startsWith('<') ? block : `<p>${block}</p>`
}

function tableOf([head, , ...rows]) {
  const cells = (line, tag) => line.split('|').slice(1, -1).map((cell) => `<${tag}>${cell.trim()}</${tag}>`).join('')
  return `<div class="wide"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</tbody></table></div>`
}
