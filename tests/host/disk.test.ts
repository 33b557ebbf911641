import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Distribution, MILLISECOND, RandomChance, Simulation, Timers } from "../../src/kernel/index.js";
import { type DiskFile, type DiskSpec, type SimulatedNode, buildNodes } from "../../src/host/index.js";
import { Trace } from "../../src/trace/index.js";

const SPEC: DiskSpec = {
  write: { kind: "constant", value: 0 },
  sync: { kind: "constant", value: 0 },
  writeback: 1_000 * MILLISECOND,
  tearing: 0,
};

interface Setting {
  readonly simulation: Simulation;
  readonly node: SimulatedNode;
  readonly file: DiskFile<string>;
  readonly done: string[];
  transfer(bytes: number, sync: boolean, code: number): boolean;
}

function setting(disk?: Partial<DiskSpec>): Setting {
  const simulation = new Simulation();
  const trace = new Trace(["server"], true);
  const surroundings = { timers: new Timers(simulation), chance: new RandomChance("disks", 0), trace };
  const spec = disk === undefined ? {} : { disk: { ...SPEC, ...disk } };
  const node = buildNodes([{ name: "server", ...spec }], surroundings)[0] as SimulatedNode;
  node.start(0);
  const done: string[] = [];
  const target = {
    input: (code: number, _: undefined, now: number) => done.push(`${now / MILLISECOND} #${code}`),
  };
  const transfer = (bytes: number, sync: boolean, code: number): boolean =>
    node.disk.transfer(bytes, sync, target, code, simulation.now);
  return { simulation, node, file: node.disk.file<string>("log"), done, transfer };
}

const constant = (ms: number): Distribution => ({ kind: "constant", value: ms * MILLISECOND });

describe("a disk", () => {
  it("keeps what was written when the process crashes", () => {
    const { node, file } = setting();
    file.append("a", 10, 0);
    node.crash(0);
    node.restart(0);
    expect(file.entries).toEqual(["a"]);
  });

  it("keeps what was synced, and nothing else, when the power fails", () => {
    const { node, file } = setting();
    file.append("a", 10, 0);
    file.synced();
    file.append("b", 10, 0);
    node.losePower(0);
    expect([file.entries, file.bytes, file.torn]).toEqual([["a"], 10, false]);
    file.append("c", 10, 0);
    expect(file.entries).toEqual(["a", "c"]);
  });

  it("keeps what was written long enough ago, synced or not", () => {
    const { node, file } = setting({});
    file.append("old", 10, 0);
    file.append("new", 10, 1);
    expect(file.safeEntries(999 * MILLISECOND)).toBe(0);
    node.losePower(1_000 * MILLISECOND);
    expect(file.entries).toEqual(["old"]);
  });

  it("may leave a torn tail when the power fails, until the file changes", () => {
    const { node, file } = setting({ tearing: 1 });
    file.append("a", 10, 0);
    node.losePower(0);
    expect([file.entries, file.torn]).toEqual([[], true]);
    file.truncate(0, 0);
    expect(file.torn).toBe(false);
    file.append("b", 10, 0);
    file.synced();
    node.losePower(0);
    expect([file.entries, file.torn]).toEqual([["b"], false]);
  });

  it("comes back empty when it was lost", () => {
    const { node, file } = setting();
    file.append("a", 10, 0);
    file.synced();
    node.loseDisk(0);
    expect([file.entries, file.bytes, node.powered]).toEqual([[], 0, false]);
  });

  it("refuses what does not fit, and has room again after a truncation", () => {
    const { file } = setting({ capacity: 25 });
    expect([file.append("a", 10, 0), file.append("b", 10, 0), file.append("c", 10, 0)]).toEqual([
      true,
      true,
      false,
    ]);
    file.truncate(1, 0);
    expect(file.append("c", 10, 0)).toBe(true);
    expect(file.entries).toEqual(["a", "c"]);
  });

  it("brings back what was cut off when the power fails before the device knew of it", () => {
    type More = (file: DiskFile<string>, other: DiskFile<string>) => number;
    const cut = (more: More): readonly string[] => {
      const { node, file } = setting({});
      for (const entry of ["a", "b", "c"]) file.append(entry, 10, 0);
      file.synced();
      file.truncate(2, 0);
      node.losePower(more(file, node.disk.file("other")));
      expect(file.bytes).toBe(10 * file.entries.length);
      return file.entries;
    };
    expect(cut(() => 0)).toEqual(["a", "b", "c"]);
    expect(cut((file) => (file.append("d", 10, 0), 0))).toEqual(["a", "b", "c"]);
    expect(cut((file) => (file.truncate(1, 0), file.append("d", 10, 0), 0))).toEqual(["a", "b", "c"]);
    expect(cut((file) => (file.append("d", 10, 0), file.synced(), 0))).toEqual(["a", "b", "d"]);
    expect(cut((_, other) => (other.synced(), 0))).toEqual(["a", "b"]);
    expect(cut(() => 1_000 * MILLISECOND)).toEqual(["a", "b"]);
  });

  it("has files that are listed, renamed and removed by name", () => {
    const { node, file } = setting({ capacity: 25 });
    file.append("a", 20, 0);
    const other = node.disk.file<string>("log.new");
    expect([other.append("b", 10, 0), node.disk.names("lo")]).toEqual([false, ["log", "log.new"]]);
    node.disk.rename("log.new", "log");
    expect([node.disk.file("log"), file.entries, node.disk.names("")]).toEqual([other, [], ["log"]]);
    expect(other.append("b", 10, 0)).toBe(true);
    node.disk.remove("log");
    expect([node.disk.names(""), node.disk.file("log").entries]).toEqual([[], []]);
  });

  it("serves transfers one after another: write, sync, and size by bandwidth", () => {
    const { simulation, done, transfer } = setting({
      write: constant(2),
      sync: constant(5),
      bandwidth: 8_000,
    });
    expect(transfer(1, false, 1)).toBe(false);
    transfer(0, true, 2);
    transfer(10, true, 3);
    simulation.run(1_000 * MILLISECOND);
    expect(done).toEqual(["3 #1", "10 #2", "27 #3"]);
  });

  it("costs nothing where nothing was said", () => {
    const { done, transfer } = setting();
    expect(transfer(1e9, true, 1)).toBe(true);
    expect(done).toEqual([]);
  });

  it("tells a process nothing of transfers that an earlier one waited for", () => {
    const { simulation, node, done, transfer } = setting({ write: constant(2) });
    transfer(1, false, 1);
    node.restart(0);
    transfer(1, false, 2);
    simulation.run(10 * MILLISECOND);
    expect(done).toEqual(["2 #2"]);
  });

  it("always keeps a prefix of what was written, at least as long as what was synced", () => {
    const step = fc.oneof(
      fc.constant({ do: "append" as const }),
      fc.constant({ do: "sync" as const }),
      fc.record({ do: fc.constant("truncate" as const), count: fc.nat(10) }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.nat(600) }),
    );
    const law = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { node, file } = setting({});
      let now = 0;
      let written: string[] = [];
      let synced = 0;
      /** What stood there before a cut of which the device may not know. */
      let before: { readonly content: readonly string[]; readonly at: number }[] = [];
      steps.forEach((each, index) => {
        if (each.do === "append") {
          file.append(String(index), 1, now);
          written.push(String(index));
        } else if (each.do === "sync") {
          file.synced();
          synced = written.length;
          before = [];
        } else if (each.do === "truncate") {
          file.truncate(each.count, now);
          if (each.count < written.length) before.push({ content: written, at: now });
          written = written.slice(0, each.count);
          synced = Math.min(synced, written.length);
        } else now += each.ms * MILLISECOND;
      });
      node.losePower(now);
      const { entries } = file;
      expect([entries.length >= synced, file.bytes]).toEqual([true, entries.length]);
      const possible = before.filter(({ at }) => now - at < 1_000 * MILLISECOND);
      const contents = [written, ...possible.map(({ content }) => content)];
      expect(contents.map((content) => content.slice(0, entries.length))).toContainEqual(entries);
    });
    fc.assert(law, { seed: 4, numRuns: 200 });
  });
});
