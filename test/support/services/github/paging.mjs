// Lists by pages, with GitHub's `Link`.

const MOST = 100

/** `{ list, render, wrap? }` becomes one page of it. */
export function paged(answer, { query, path }, world) {
  if (answer.list === undefined) return answer
  const perPage = Math.max(1, Math.min(MOST, Number(query.per_page ?? answer.perPage ?? 30)))
  const page = Math.max(1, Number(query.page ?? 1))
  const total = answer.list.length
  const items = answer.list.slice((page - 1) * perPage, page * perPage).map((item) => answer.render(item))
  const body = answer.wrap === undefined ? items : answer.wrap(items, total)
  return { status: 200, body, headers: linkTo(path, page, Math.max(1, Math.ceil(total / perPage)), world.base) }
}

function linkTo(path, page, last, base) {
  if (last === 1) return {}
  const [pathname, search = ''] = path.split(/\?(.*)/s)
  const at = (number) => {
    const query = new URLSearchParams(search)
    query.set('page', String(number))
    return `<${base}${pathname}?${query}>`
  }
  const links = [
    ...(page > 1 ? [`${at(page - 1)}; rel="prev"`] : []), ...(page < last ? [`${at(page + 1)}; rel="next"`, `${at(last)}; rel="last"`] : []), ...(page > 1 ? [`${at(1)}; rel="first"`] : []),
  ]
  return { link: links.join(', ') }
}
