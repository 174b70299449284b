/** Upper bounds (ms) of the latency histograms that our own proxies count; a last bucket takes the rest. A latency threshold must be one of them. */
export const latencyBounds = [
  5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000,
] as const
