/** The composition root: the one place that knows which models there are. */
import type { ClaimRegister } from "../claims/index.js";
import { Registry } from "../scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { mqtt } from "../../models/mqtt/index.js";

export const registry: Registry = new Registry([kafka, mqtt]);

/** By model, where its claims are: loaded when they are asked for. */
export const claimRegisters: Readonly<Record<string, () => Promise<ClaimRegister>>> = {
  kafka: async () => (await import("../../models/kafka/claims.js")).kafkaClaims,
};
