export { type Application, DELIVERY_LIVE, DELIVERY_RETAINED, type Will } from "./application.js";
export type {
  CloseReason,
  ContentDescription,
  LogTraceEvent,
  LossCause,
  SegmentDescription,
  TraceEvent,
} from "./events.js";
export { traceJsonl } from "./export-jsonl.js";
export { traceText } from "./export-text.js";
export { Fingerprint } from "./fingerprint.js";
export {
  type LogApplication,
  POSITION_ASSIGNED,
  POSITION_RESET,
  POSITION_SOUGHT,
  type RecordRun,
  TRANSACTION_ABORTED,
  TRANSACTION_COMMITTED,
  TRANSACTION_UNRESOLVED,
} from "./log-application.js";
export { Message, type MessageRun, type MessageStream } from "./message.js";
export { type Content, describeAll, KIND, partsOf, Trace } from "./trace.js";
