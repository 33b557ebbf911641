export { type Assignment, BLOCK, ClaimAgenda } from "./agenda.js";
export { type Claim, type ClaimRegister, type Property, type Side, type SideName, SIDES } from "./claim.js";
export { completeOptions } from "./complete-options.js";
export { Draw } from "./draw.js";
export {
  type ClaimOutcome,
  claimOutcome,
  type SideOutcome,
  sideOutcome,
  type Standing,
  together,
} from "./outcome.js";
export { type Drawing, judgeSide, runSide, type SideRun } from "./run-side.js";
