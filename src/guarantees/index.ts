export type { CheckResult, HistoryEvent, Verdict, Witness } from "./verdict.js";
