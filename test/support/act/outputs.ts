/** What a called workflow puts out, as its caller gets it. */
import { z } from 'zod'
import type { ActRun } from './runner.js'

/** A job of a caller's, to stand after its others: it keeps what `job` put out. */
export const keeping = (job: string): string => `  after:
    needs: ${job}
    runs-on: ubuntu-latest
    steps:
      - id: told
        env:
          OUTPUTS: \${{ toJSON(needs.${job}.outputs) }}
        run: printf 'outputs<<END\\n%s\\nEND\\n' "$OUTPUTS" >> "$GITHUB_OUTPUT"
`

/** Its steps, when the job before it succeeded. */
export const kept = ['after/told: success', 'after: success']

export const outputsOf = (run: ActRun): Readonly<Record<string, string>> =>
  z.record(z.string(), z.string()).parse(JSON.parse(run.jobs['after']?.outputs['told']?.['outputs'] ?? ''))
