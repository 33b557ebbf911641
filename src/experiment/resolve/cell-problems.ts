/** Problems of many cells: each told once, with the cells that have it when not all do. */
import { shortened } from "../diagnostic.js";
import type { Report } from "../expression/template.js";
import type { Problem } from "../source/source.js";

interface Told {
  readonly problem: Problem;
  readonly first: string;
  cells: number;
}

export class CellProblems {
  readonly #size: number;
  readonly #told = new Map<string, Told>();

  /** `size` is the number of cells. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Takes the problems of the cell called `label`. */
  cell(label: string): Report {
    const here = new Set<string>();
    return (problem) => {
      const key = JSON.stringify([problem.path, problem.expected ?? ""]);
      if (here.has(key)) return;
      here.add(key);
      const told = this.#told.get(key);
      if (told === undefined) this.#told.set(key, { problem, first: label, cells: 1 });
      else told.cells++;
    };
  }

  all(): readonly Problem[] {
    return [...this.#told.values()].map(({ problem, first, cells }) => {
      if (cells === this.#size || first === "") return problem;
      const where =
        cells === 1
          ? `in the cell ${shortened(first)}`
          : `in ${cells} of ${this.#size} cells, first ${shortened(first)}`;
      const { path, part, found, expected } = problem;
      return {
        path,
        ...(part === undefined ? {} : { part }),
        found: `${found} (${where})`,
        ...(expected === undefined ? {} : { expected }),
      };
    });
  }
}
