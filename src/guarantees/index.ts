export { combine } from "./combine.js";
export { Histogram } from "./histogram.js";
export { type Conclusion, History, type HistoryOptions } from "./history.js";
export type { LogHistory } from "./log/log-history.js";
export type { MessageRow } from "./message-log.js";
export type { PairTally, Tally } from "./tally.js";
export type { CheckResult, HistoryEvent, Verdict, Witness } from "./verdict.js";
export { CHECKS, type CheckDescription } from "./check-descriptions.js";
