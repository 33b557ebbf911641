/** `onceover run`: from experiment files to results. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "@commander-js/extra-typings";
import { type ExperimentPlan, judgeOf, loadExperiment, runSweep, type SweepOutcome } from "../../experiment/index.js";
import type { AddCommand } from "../main.js";
import { registry } from "../models.js";
import { assignment, count, factorValues } from "../options.js";
import { ProgressLine, duration } from "../progress.js";
import { reportOutcome } from "../run-report.js";
import { gravest, STATUS, type Status, UserError } from "../status.js";
import type { Terminal } from "../terminal.js";
import { version } from "../version.js";
