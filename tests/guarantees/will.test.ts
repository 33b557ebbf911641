import { describe, expect, it } from "vitest";
import { MILLISECOND } from "../../src/kernel/index.js";
import { ANNA, Telling, told } from "./histories.js";

const WILL = { topic: "status/anna", qos: 1, retain: false, payloadBytes: 7 };
const ms = (milliseconds: number): number => milliseconds * MILLISECOND;

function declared(): Telling {
  const telling = new Telling();
  telling.history.willDeclared(ANNA, WILL, ms(1));
  return telling;
}

describe("will", () => {
  it("holds when it is published after its condition came true, in time", () => {
    const telling = declared();
    telling.history.willDue(ANNA, ms(50), ms(20));
    telling.history.willPublished(ANNA, WILL, ms(50));
    expect(telling.check("will")).toMatchObject({ verdict: "holds", atRisk: 1, violations: 0 });
  });

  it("is unknown when nobody vanishes or says goodbye", () => {
    expect(declared().check("will")).toMatchObject({ verdict: "unknown", atRisk: 0 });
  });

  it("holds when it is taken back, or declared again before it is due, and not published", () => {
    const goodbye = declared();
    goodbye.history.willDeclared(ANNA, undefined, ms(30));
    expect(goodbye.check("will")).toMatchObject({ verdict: "holds", atRisk: 1 });
    const back = declared();
    back.history.willDue(ANNA, ms(50), ms(20));
    back.history.willDeclared(ANNA, WILL, ms(40));
    expect(back.check("will")).toMatchObject({ verdict: "holds", violations: 0 });
  });

  it("is violated when it is not published: will-missing", () => {
    const telling = declared();
    telling.history.willDue(ANNA, ms(50), ms(20));
    const result = telling.check("will", 100);
    expect(result).toMatchObject({ verdict: "violated", atRisk: 1, violations: 1 });
    expect(result.witness?.what).toBe("will-missing: the will of anna was not published when it was due.");
    expect(told(result)).toEqual(["1 will-declared anna", `20 will-due anna due at ${ms(50)}`, "100 ended"]);
  });

  it("is violated when it is published too late, or the node is back only after it was due", () => {
    const late = declared();
    late.history.willDue(ANNA, ms(50), ms(20));
    late.history.willPublished(ANNA, WILL, ms(51));
    expect(late.check("will").witness?.what).toContain("will-missing");
    const back = declared();
    back.history.willDue(ANNA, ms(50), ms(20));
    back.history.willDeclared(ANNA, WILL, ms(60));
    expect(back.check("will")).toMatchObject({ verdict: "violated", violations: 1 });
  });

  it("is violated when it is published without cause: will-spurious", () => {
    const telling = declared();
    telling.history.willDeclared(ANNA, undefined, ms(30));
    telling.history.willPublished(ANNA, WILL, ms(40));
    const result = telling.check("will");
    expect(result).toMatchObject({ verdict: "violated", violations: 1 });
    expect(told(result)).toEqual([
      "30 will-declared anna taken back",
      "40 will-published anna/status/anna/q1/will#0",
    ]);
  });

  it("is violated when it is published twice, or after it was called off", () => {
    const twice = declared();
    twice.history.willDue(ANNA, ms(20), ms(20));
    twice.history.willPublished(ANNA, WILL, ms(20));
    twice.history.willPublished(ANNA, WILL, ms(21));
    expect(twice.check("will").witness?.what).toContain("will-spurious");
    const called = declared();
    called.history.willDue(ANNA, ms(50), ms(20));
    called.history.willDeclared(ANNA, WILL, ms(40));
    called.history.willPublished(ANNA, WILL, ms(50));
    expect(called.check("will").witness?.what).toContain("will-spurious");
  });

  it("is violated when something else is published than was declared", () => {
    const telling = declared();
    telling.history.willDue(ANNA, ms(20), ms(20));
    telling.history.willPublished(ANNA, { ...WILL, topic: "elsewhere" }, ms(20));
    expect(telling.check("will").witness?.what).toContain("that is not what was declared");
  });

  it("is unknown when it is due after the end, or faults last", () => {
    const early = declared();
    early.history.willDue(ANNA, ms(500), ms(20));
    expect(early.check("will", 100)).toMatchObject({ verdict: "unknown", violations: 0 });
    const faulty = new Telling({ faulty: true });
    faulty.history.willDeclared(ANNA, WILL, ms(1));
    faulty.history.willDue(ANNA, ms(20), ms(20));
    expect(faulty.check("will", 100)).toMatchObject({ verdict: "unknown", violations: 0 });
  });
});
