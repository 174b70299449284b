import type { DeliveryIntent, DeliveryResult, RunInfo } from '../../../core/domain/history.js'
import type { Release } from '../../../core/domain/release.js'

export function aRelease(version: string): Release {
  return {
    app: 'shop', version, commit: '', serving: 'shop', settings: { LOG: 'info' }, settingsHash: 'f'.repeat(64),
    images: { shop: `oci-layout:///images@sha256:${version.padEnd(64, '0').replaceAll(/[^0-9a-f]/g, '0')}` },
  }
}

export function anIntent(run: RunInfo, version = '1', kind: DeliveryIntent['kind'] = 'deploy'): DeliveryIntent {
  return { kind, release: aRelease(version), previous: aRelease('0'), plan: ['a step', 'ein «Schritt»\n\u2028'], requestedAt: 5, run, receipt: 'r-1' }
}

export function aResult(at: number, parts: Partial<DeliveryResult> = {}): DeliveryResult {
  return { at, ok: true, reason: 'deployed', message: 'It serves.', live: aRelease('1'), ...parts }
}
