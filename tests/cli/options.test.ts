import { InvalidArgumentError } from "@commander-js/extra-typings";
import { describe, expect, it } from "vitest";
import { decimalsFor, fixed } from "../../src/cli/numbers.js";
import { assignment, cellSelection, count, factorValues, instant } from "../../src/cli/options.js";
import { quoted } from "../../src/cli/shell.js";
import { gravest } from "../../src/cli/status.js";

describe("the value of an option", () => {
  it("is a whole number where one is expected", () => {
    expect(count(1)("12")).toBe(12);
    for (const wrong of ["0", "-1", "1.5", "1e3", "", "ten", "99999999999999999999"]) {
      expect(() => count(1)(wrong), wrong).toThrow(InvalidArgumentError);
    }
  });

  it("is a time with its unit", () => {
    expect(["1.5s", "200 ms", "3us", "7µs", "2min", "1 d", "0s"].map(instant)).toEqual([
      1_500_000_000, 200_000_000, 3000, 7000, 120_000_000_000, 86_400_000_000_000, 0,
    ]);
    for (const wrong of ["5", "s", "-1s", "1 fortnight", "1s2"]) {
      expect(() => instant(wrong), wrong).toThrow(InvalidArgumentError);
    }
  });

  it("gathers factors over several options, the last one winning", () => {
    expect(factorValues("loss=1 %, 5 %", factorValues("qos=0"))).toEqual({
      qos: ["0"],
      loss: ["1 %", "5 %"],
    });
    expect(assignment("qos=2", assignment("qos=1"))).toEqual({ qos: "2" });
    expect(factorValues("delay=50 ms,uniform(45 ms, 55 ms)")).toEqual({
      delay: ["50 ms", "uniform(45 ms, 55 ms)"],
    });
    for (const wrong of ["loss", "=5", "loss=", "loss=1,,2"]) {
      expect(() => factorValues(wrong), wrong).toThrow(InvalidArgumentError);
    }
  });

  it("selects a cell by several factors", () => {
    expect([...cellSelection("qos=1, loss=5 %")]).toEqual([
      ["qos", "1"],
      ["loss", "5 %"],
    ]);
  });
});

describe("a word of a shell", () => {
  it("is quoted when the shell would read more into it", () => {
    expect(quoted("results/a,b=5pct-1.json")).toBe("results/a,b=5pct-1.json");
    expect(quoted("my results/$HOME")).toBe("'my results/$HOME'");
    expect(quoted("it's")).toBe(String.raw`'it'\''s'`);
    expect(quoted("")).toBe("''");
  });
});

describe("where several statuses apply", () => {
  it("a fault comes before a violation, a violation before what is unknown", () => {
    expect(gravest([])).toBe(0);
    expect(gravest([0, 3])).toBe(3);
    expect(gravest([3, 1, 0])).toBe(1);
    expect(gravest([1, 4, 3])).toBe(4);
    expect(gravest([4, 130])).toBe(130);
  });
});

describe("the numbers of a column", () => {
  it("have as many decimals as its largest needs", () => {
    expect(decimalsFor([51.2, 1251.04])).toBe(0);
    expect(decimalsFor([5.2, 51.04])).toBe(1);
    expect(decimalsFor([2.2, null])).toBe(2);
    expect(decimalsFor([0, 3, 1])).toBe(0);
    expect(decimalsFor([0.0123])).toBe(4);
    expect([fixed(2, 2), fixed(null, 2), fixed(-0.001, 1)]).toEqual(["2.00", "–", "0.0"]);
  });
});
