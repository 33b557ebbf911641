/** A controller's place in its quorum: its connections to the other voters, and what they ask. */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import { type ConnectionUser, Connections } from "../connections.js";
import { type Request, type Response, request, response } from "../protocol/frames.js";
import type { Api, Requests } from "../protocol/messages.js";
import type { ControllerConfig } from "./controller-config.js";
import { CONTROLLER_TIMER, type ControllerSink } from "./controller-sink.js";
import { type Decided, NOTHING_DECIDED } from "./decisions.js";
import { Quorum, type QuorumSink } from "./quorum.js";

/** Who decides while this voter leads. */
export interface QuorumUser {
  tookOffice(decided: Decided, now: Instant): void;
  leftOffice(now: Instant): void;
  committed(decided: Decided, now: Instant): void;
}

/** What is remembered of a request: of a vote, whether it was only asked whether one makes sense. */
type Context = "vote" | "pre-vote" | "other";

/** A voter has two connections to each other one: a fetch waits for news, and votes must not wait for it. */
const CONNECTIONS_PER_VOTER = 2;
const FETCHING = 1;

export class Voter implements ConnectionUser<Context>, QuorumSink {
  readonly connections: Connections<Context>;
  readonly #quorum: Quorum;
  readonly #config: ControllerConfig;
  readonly #sink: ControllerSink;
  readonly #user: QuorumUser;
  /** What is to be sent as soon as a connection is open, by peer: only the latest. */
  readonly #unsent = new Map<number, { readonly frame: Request; readonly context: Context }>();
  /** Fetches that wait for news, by connection. */
  readonly #waiting = new Map<number, Requests["QuorumFetch"]>();
  #now: Instant = 0;

  constructor(sink: ControllerSink, config: ControllerConfig, user: QuorumUser) {
    this.#sink = sink;
    this.#config = config;
    this.#user = user;
    this.connections = new Connections(sink, config.connection, this);
    const voters = config.voters.map(({ id }) => id);
    this.#quorum = new Quorum(
      { ...config.quorum, id: config.id, voters, rules: config.rules },
      this,
      NOTHING_DECIDED,
    );
  }

  get leads(): boolean {
    return this.#quorum.leads;
  }

  get epoch(): number {
    return this.#quorum.epoch;
  }

  start(now: Instant): void {
    this.#now = now;
    this.#quorum.start(now);
  }

  forget(): void {
    this.connections.forget();
    this.#unsent.clear();
    this.#waiting.clear();
    this.#quorum.forget();
  }

  append(decided: Decided, now: Instant): void {
    this.#now = now;
    this.#quorum.append(decided, now);
  }

  closed(connection: number): void {
    this.#waiting.delete(connection);
  }

  /** True: it was a timer of the quorum. */
  timerFired(kind: number, id: number, now: Instant): boolean {
    this.#now = now;
    if (this.connections.timerFired(kind, id, now)) return true;
    if (kind === CONTROLLER_TIMER.quorum) this.#quorum.timerFired(now);
    else if (kind === CONTROLLER_TIMER.newsWait && this.#waiting.has(id)) this.#answerFetch(id);
    else return false;
    return true;
  }

  /** True: it was something between voters. */
  received(connection: number, asked: Request, now: Instant): boolean {
    this.#now = now;
    switch (asked.api) {
      case "Vote":
        this.#sink.respond(connection, response("Vote", this.#quorum.asked(asked.body, now)));
        return true;
      case "BeginQuorumEpoch":
        this.#sink.respond(connection, response("BeginQuorumEpoch", this.#quorum.told(asked.body, now)));
        return true;
      case "QuorumFetch":
        this.#fetchedBy(connection, asked.body, now);
        return true;
      default:
        return false;
    }
  }

  // ConnectionUser

  connectionReady(peer: number, now: Instant): void {
    const unsent = this.#unsent.get(peer);
    this.#unsent.delete(peer);
    if (unsent !== undefined) this.connections.send(peer, unsent.frame, unsent.context, now);
  }

  answered(peer: number, context: Context, answer: Response, now: Instant): void {
    this.#now = now;
    const voter = this.#config.voters[Math.floor(peer / CONNECTIONS_PER_VOTER)];
    if (voter === undefined) return;
    if (answer.api === "Vote") this.#quorum.voted(voter.id, context === "pre-vote", answer.body, now);
    else if (answer.api === "BeginQuorumEpoch") this.#quorum.heard(answer.body.epoch, now);
    else if (answer.api === "QuorumFetch") this.#quorum.fetched(answer.body, now);
  }

  connectionLost(peer: number, _unanswered: readonly Context[], now: Instant): void {
    this.#now = now;
    if (peer % CONNECTIONS_PER_VOTER === FETCHING) this.#quorum.fetch();
    else this.#unsent.delete(peer);
  }

  // QuorumSink

  askForVote(voter: number, body: Requests["Vote"]): void {
    this.#send(voter, 0, "Vote", body, body.preVote ? "pre-vote" : "vote");
  }

  announceEpoch(voter: number, body: Requests["BeginQuorumEpoch"]): void {
    this.#send(voter, 0, "BeginQuorumEpoch", body, "other");
  }

  fetchFrom(leader: number, body: Requests["QuorumFetch"]): void {
    this.#send(leader, FETCHING, "QuorumFetch", body, "other");
  }

  setQuorumTimer(at: Instant): void {
    this.#sink.setTimer(CONTROLLER_TIMER.quorum, 0, at);
  }

  scattered(base: Duration): Duration {
    return this.#sink.scattered(base);
  }

  tookOffice(epoch: number, decided: Decided): void {
    this.#sink.tookOffice(epoch);
    this.#user.tookOffice(decided, this.#now);
  }

  leftOffice(now: Instant): void {
    for (const connection of [...this.#waiting.keys()]) this.#answerFetch(connection);
    this.#user.leftOffice(now);
  }

  committed(decided: Decided, now: Instant): void {
    this.#user.committed(decided, now);
  }

  appended(): void {
    for (const connection of [...this.#waiting.keys()]) this.#answerFetch(connection);
  }

  #fetchedBy(connection: number, body: Requests["QuorumFetch"], now: Instant): void {
    this.#waiting.set(connection, body);
    this.#quorum.noteFetch(body, now);
    // What it brought may have been answered by a decision that followed.
    if (this.#waiting.get(connection) !== body) return;
    const { error, entry } = this.#quorum.answerTo(body);
    if (error !== "NONE" || entry !== undefined) return this.#answerFetch(connection);
    this.#sink.setTimer(CONTROLLER_TIMER.newsWait, connection, after(now, this.#config.fetchWaitMax));
  }

  #answerFetch(connection: number): void {
    const body = this.#waiting.get(connection);
    if (body === undefined) return;
    this.#waiting.delete(connection);
    this.#sink.respond(connection, response("QuorumFetch", this.#quorum.answerTo(body)));
  }

  #send<Name extends Api>(
    voter: number,
    which: number,
    api: Name,
    body: Requests[Name],
    context: Context,
  ): void {
    const place = this.#config.voters.findIndex(({ id }) => id === voter);
    const { host } = this.#config.voters[place] as { host: string };
    const peer = place * CONNECTIONS_PER_VOTER + which;
    const frame = request(api, body, this.#config.host.length);
    if (this.connections.isOpen(peer)) {
      if (which !== FETCHING || this.connections.inFlight(peer) === 0) {
        this.connections.send(peer, frame, context, this.#now);
      }
      return;
    }
    this.#unsent.set(peer, { frame, context });
    this.connections.want(peer, host, this.#now);
  }
}
