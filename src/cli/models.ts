/** The composition root: the one place that knows which models there are. */
import { Registry } from "../scenario/index.js";
import { kafka } from "../../models/kafka/index.js";
import { mqtt } from "../../models/mqtt/index.js";

export const registry: Registry = new Registry([kafka, mqtt]);
