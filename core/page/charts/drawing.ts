/** The only place that knows the chart library. */
import uPlot from 'uplot'
import { onThemeChange } from '../theme.js'
import { STEPS, ticks, topOf } from './axis.js'
import type { Picture, Series } from './chart.js'

const HEIGHT = 180
const FONT = '12px system-ui, sans-serif'

/** Draws when it is on the page and as wide as there is room for; again when the width or the theme changes. */
export function draw(holder: HTMLElement, picture: Picture, onPointer: (index: number | undefined) => void): void {
  let plot: uPlot | undefined
  const redraw = (): void => {
    const width = Math.floor(holder.clientWidth)
    if (width === 0) return
    plot?.destroy()
    plot = new uPlot(optionsOf(holder, picture, width, onPointer), dataOf(picture), holder)
  }
  const observer = new ResizeObserver(() => {
    // Told also when it leaves the page: what shares a pointer would go on listening.
    if (!holder.isConnected) {
      plot?.destroy()
      observer.disconnect()
    } else if (plot === undefined) redraw()
    else if (holder.clientWidth > 0) plot.setSize({ width: Math.floor(holder.clientWidth), height: HEIGHT })
  })
  observer.observe(holder)
  onThemeChange(holder, redraw)
}

const seconds = (ms: number): number => ms / 1000

const dataOf = ({ times, series }: Picture): uPlot.AlignedData => [times.map(seconds), ...series.map(({ values }) => [...values])]

function optionsOf(holder: HTMLElement, picture: Picture, width: number, onPointer: (index: number | undefined) => void): uPlot.Options {
  const colour = (name: string): string => resolved(holder, name)
  const top = picture.most ?? topOf(picture.series.map(({ values }) => values), picture.least)
  const [from, to] = spanOf(picture)
  const axis = { stroke: colour('--quiet'), font: FONT, grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } }
  return {
    width, height: HEIGHT, padding: [8, 26, 0, 0],
    legend: { show: false },
    ...(picture.zone === undefined ? {} : { tzDate: (at) => uPlot.tzDate(new Date(at * 1000), picture.zone!) }),
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false }, ...(picture.together === undefined ? {} : { sync: { key: picture.together, scales: ['x', null] } }) },
    scales: { x: { time: true, range: [seconds(from), seconds(to)] }, y: { range: [0, top] } },
    axes: [
      { ...axis, size: 28, space: 80, values: (_, splits) => ticks(splits, picture.zone) },
      { ...axis, size: 62, space: 32, incrs: STEPS[picture.unit], values: (_, splits) => splits.map((value) => (value === 0 ? '0' : picture.say(value))) },
    ],
    series: [{}, ...picture.series.map((series) => seriesOf(series, picture, { stroke: colour(series.colour), ground: colour('--surface') }))],
    hooks: {
      setCursor: [(plot) => onPointer(plot.cursor.idx ?? undefined)],
      draw: [(plot) => drawLines(plot, picture, colour)],
    },
  }
}

/** Room for half a bar at both ends. */
function spanOf({ times, span, form }: Picture): readonly [number, number] {
  if (span !== undefined && span[1] > span[0]) return span
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const room = form === 'bars' || first === last ? Math.max(((last - first) / Math.max(1, times.length - 1)) * 0.6, 60_000) : 0
  return [first - room, last + room]
}

function seriesOf({ label, form, dashed }: Series, picture: Picture, { stroke, ground }: { readonly stroke: string; readonly ground: string }): uPlot.Series {
  const shape = form ?? picture.form
  const shared = { label, stroke, width: 2, ...(dashed ? { dash: [6, 4] } : {}) }
  if (shape === 'bars') return { ...shared, fill: stroke, width: 0, paths: uPlot.paths.bars!({ size: [0.7, 28] }), points: { show: false } }
  if (shape === 'steps') return { ...shared, fill: `color-mix(in srgb, ${stroke} 14%, transparent)`, paths: uPlot.paths.stepped!({ align: 1 }), points: { show: false } }
  if (shape === 'points') return { ...shared, paths: () => null, points: { show: true, size: 8, width: 1.5, stroke: ground, fill: stroke } }
  return { ...shared, points: { show: false, size: 7, fill: stroke, filter: (plot, index) => alone(plot.data[index] ?? []) } }
}

/** A figure between two gaps is a line of no length: it is drawn as a point. */
function alone(values: ArrayLike<number | null | undefined>): number[] {
  const there = (index: number): boolean => typeof values[index] === 'number'
  return Array.from(values, (_, index) => index).filter((index) => there(index) && !there(index - 1) && !there(index + 1))
}

function drawLines(plot: uPlot, { lines = [] }: Picture, colour: (name: string) => string): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.setLineDash([3, 3])
  for (const line of lines) {
    const x = Math.round(plot.valToPos(seconds(line.at), 'x', true))
    ctx.strokeStyle = colour(line.colour)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

/** What a colour of the style is right now, in this theme. */
function resolved(holder: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  holder.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
