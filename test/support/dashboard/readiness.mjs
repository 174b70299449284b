// How long a page takes in a browser: from the start of the navigation to the first picture, with all rows in reach.

/** A new visitor each time: nothing is kept from the visit before. */
export async function loadOnce(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true })
  try {
    const page = await context.newPage()
    await page.goto(address)
    const ready = await page.waitForFunction(() => performance.getEntriesByName('ecluse-ready')[0]?.startTime)
    return { ms: Number(await ready.jsonValue()), elements: Number(await page.evaluate('document.querySelectorAll("*").length')) }
  } finally {
    await context.close()
  }
}

/** Both in turn, so that the machine's moods hit both; the browser's first visit, which warms it, counts for none. */
export async function loadInTurn(browser, addresses, rounds) {
  for (const address of addresses) await loadOnce(browser, address)
  const loads = []
  for (let round = 0; round < rounds; round += 1) {
    const turn = []
    for (const address of addresses) turn.push(await loadOnce(browser, address))
    loads.push(turn)
  }
  return loads
}
