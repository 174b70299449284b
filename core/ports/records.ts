import type { DeliveryDocument } from '../domain/delivery-document.js'

/** Where full records of deliveries are kept. */
export interface Records {
  /** Keeps it and says where a person finds it. The same document twice is one. */
  put(document: DeliveryDocument): Promise<{ readonly sha256: string; readonly link: string }>
  /**
   * Newest first, at most so many; one that does not have the content its name promises is left out and told to
   * `damaged`, and so is one whose SHA-256 is not the one that the ledger has of that delivery.
   */
  newest(environment: string, most: number, damaged: (place: string, why: string) => void, sha256Of?: (delivery: string) => string | undefined): AsyncIterable<DeliveryDocument>
}
