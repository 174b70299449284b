/** Every suite by its name. One is a module with `measure({ runs })`, which yields lines; `runs` replaces its own number of repetitions. */
export const suites = {
  'cold-start': () => import('./suites/cold-start.mjs'),
  canary: () => import('./suites/canary.mjs'),
  evidence: () => import('./suites/evidence.mjs'),
  'evidence-edge': () => import('./suites/evidence-edge.mjs'),
  rollback: () => import('./suites/rollback.mjs'),
  ledger: () => import('./suites/ledger.mjs'),
  dashboard: () => import('./suites/dashboard.mjs'),
  compose: () => import('./suites/compose.mjs'),
  backup: () => import('./suites/backup.mjs'),
  watch: () => import('./suites/watch.mjs'),
  image: () => import('./suites/image.mjs'),
}
