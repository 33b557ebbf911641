/** What producers ask for their identity and their transactions. */

export interface TransactionRequests {
  readonly InitProducerId: Record<string, never>;
}

export interface TransactionResponses {
  readonly InitProducerId: { readonly producerId: number };
}
