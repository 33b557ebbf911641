/** How far a sweep is: one line that is redrawn on a terminal, a line every few seconds in a pipe. */
import type { Terminal } from "./terminal.js";

const REDRAW_MS = 100;
const LINE_MS = 5000;
const BAR_WIDTH = 24;

export interface ProgressCount {
  readonly finished: number;
  readonly planned: number;
}

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  readonly #clock: () => number;
  readonly #began: number;
  #before: number | undefined;
  #shownAt: number;
  #drawn = false;

  constructor(terminal: Terminal, quiet: boolean, clock: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#quiet = quiet;
    this.#clock = clock;
    this.#began = clock();
    this.#shownAt = terminal.live ? -Infinity : this.#began;
  }

  update(count: ProgressCount): void {
    this.#before ??= count.finished;
    if (this.#quiet) return;
    const now = this.#clock();
    if (now - this.#shownAt < (this.#terminal.live ? REDRAW_MS : LINE_MS)) return;
    this.#shownAt = now;
    const words = this.#words(count, now);
    if (!this.#terminal.live) {
      this.#terminal.err(`${words}\n`);
      return;
    }
    const line = `${bar(count)} ${words}`.slice(0, this.#terminal.errColumns - 1);
    this.#terminal.err(`\r\u001b[2K${line}`);
    this.#drawn = true;
  }

  /** Removes the line from the terminal. */
  clear(): void {
    if (this.#drawn) this.#terminal.err("\r\u001b[2K");
    this.#drawn = false;
  }

  #words({ finished, planned }: ProgressCount, now: number): string {
    const seconds = (now - this.#began) / 1000;
    const rate = (finished - (this.#before ?? 0)) / Math.max(seconds, 0.001);
    const percent = planned === 0 ? 100 : Math.floor((100 * finished) / planned);
    const words = [`${finished} of ${planned} runs`, `${percent} %`];
    if (rate > 0) {
      words.push(`${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} runs/s`);
      if (finished < planned) words.push(`${duration((planned - finished) / rate)} left`);
    }
    return words.join(" · ");
  }
}

function bar({ finished, planned }: ProgressCount): string {
  const full = planned === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * finished) / planned);
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}`;
}

/** `45 s`, `12 min`, `3 h 20 min` */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
