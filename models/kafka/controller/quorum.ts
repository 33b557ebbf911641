/**
 * The quorum of controllers: elects the active one, and commits what that decides once a majority has it [KIP-595].
 * Voters ask each other whether an election makes sense before they begin one [KIP-996].
 *
 * An entry of the replicated log is everything that was decided so far, so a voter that lags needs the last one only,
 * and what comes before an entry is the same wherever that entry is.
 */
import { type Duration, type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { ControlRequests, ControlResponses, QuorumEntry } from "../protocol/messages.js";
import type { KafkaRules } from "../rules.js";
import type { Decided } from "./decisions.js";

export interface QuorumConfig {
  readonly id: number;
  /** All voters by node index, this one included. */
  readonly voters: readonly number[];
  readonly electionTimeout: Duration;
  readonly fetchTimeout: Duration;
  readonly rules: Pick<KafkaRules, "commitsByMajority">;
}

export interface QuorumSink {
  askForVote(voter: number, request: ControlRequests["Vote"]): void;
  announceEpoch(voter: number, request: ControlRequests["BeginQuorumEpoch"]): void;
  fetchFrom(leader: number, request: ControlRequests["QuorumFetch"]): void;
  /** When the quorum is to be told the time. */
  setQuorumTimer(at: Instant): void;
  /** Between one and two times `base`, by chance: two candidates are not to meet again and again. */
  scattered(base: Duration): Duration;
  /** This controller is the active one from now on, and goes on from what was decided. */
  tookOffice(epoch: number, decided: Decided): void;
  leftOffice(now: Instant): void;
  /** A majority has what was decided. */
  committed(decided: Decided, now: Instant): void;
  /** There is something new for voters that wait. */
  appended(now: Instant): void;
}

type Role = "follower" | "prospective" | "candidate" | "leader";

/** A leader that a majority has not fetched from for so many fetch timeouts gives up (CHECK_QUORUM_TIMEOUT_FACTOR). */
const CHECK_QUORUM_FACTOR = 1.5;
const NOBODY = -1;

export class Quorum {
  // On the disk, synced before anybody is told.
  epoch = 0;
  #votedFor = NOBODY;
  #last: QuorumEntry<Decided>;

  leader: number = NOBODY;
  #role: Role = "follower";
  readonly #config: QuorumConfig;
  readonly #sink: QuorumSink;
  readonly #majority: number;
  readonly #votes = new Set<number>();
  /** As leader: entries that are not committed, oldest first; what each voter has of this epoch, and when it asked. */
  readonly #uncommitted: QuorumEntry<Decided>[] = [];
  readonly #matched = new Map<number, number>();
  readonly #fetchedAt = new Map<number, Instant>();
  #deadline: Instant = NEVER;

  constructor(config: QuorumConfig, sink: QuorumSink, nothing: Decided) {
    this.#config = config;
    this.#sink = sink;
    this.#majority = (config.voters.length >> 1) + 1;
    this.#last = { epoch: 0, decided: nothing };
  }

  get leads(): boolean {
    return this.#role === "leader";
  }

  /** The latest entry: what is known of the cluster here, committed or not. */
  get last(): QuorumEntry<Decided> {
    return this.#last;
  }

  start(now: Instant): void {
    this.#becomeFollower(this.epoch, NOBODY, now);
  }

  /** The process has died. */
  forget(): void {
    this.#role = "follower";
    this.leader = NOBODY;
    this.#clear();
  }

  /** As leader: everything that was decided, to be committed. */
  append(decided: Decided, now: Instant): void {
    this.#last = { epoch: this.epoch, decided };
    this.#uncommitted.push(this.#last);
    this.#sink.appended(now);
    this.#advance(now);
  }

  timerFired(now: Instant): void {
    if (now < this.#deadline) return;
    if (this.#role === "leader") this.#checkQuorum(now);
    else this.#canvass("prospective", now);
  }

  // Votes

  asked(request: ControlRequests["Vote"], now: Instant): ControlResponses["Vote"] {
    const { candidate, epoch, lastEpoch, lastVersion, preVote } = request;
    if (epoch > this.epoch) this.#becomeFollower(epoch, NOBODY, now);
    const { epoch: ownEpoch, decided } = this.#last;
    const upToDate = lastEpoch > ownEpoch || (lastEpoch === ownEpoch && lastVersion >= decided.version);
    const free =
      this.leader === NOBODY && (preVote || this.#votedFor === NOBODY || this.#votedFor === candidate);
    const granted = epoch === this.epoch && upToDate && free;
    if (granted && !preVote) {
      this.#votedFor = candidate;
      this.#wait(now, this.#sink.scattered(this.#config.electionTimeout));
    }
    return { error: "NONE", epoch: this.epoch, leader: this.leader, granted };
  }

  voted(voter: number, preVote: boolean, answer: ControlResponses["Vote"], now: Instant): void {
    if (answer.epoch > this.epoch) return this.#becomeFollower(answer.epoch, NOBODY, now);
    const asking = preVote ? "prospective" : "candidate";
    if (this.#role !== asking || answer.epoch < this.epoch || !answer.granted) return;
    this.#votes.add(voter);
    if (this.#votes.size < this.#majority) return;
    if (preVote) this.#canvass("candidate", now);
    else this.#takeOffice(now);
  }

  // Leader and followers

  told(
    { epoch, leader }: ControlRequests["BeginQuorumEpoch"],
    now: Instant,
  ): ControlResponses["BeginQuorumEpoch"] {
    if (epoch > this.epoch || (epoch === this.epoch && this.leader === NOBODY)) {
      this.#becomeFollower(epoch, leader, now);
    }
    return { error: epoch < this.epoch ? "FENCED_LEADER_EPOCH" : "NONE", epoch: this.epoch };
  }

  /** A later epoch is known elsewhere. */
  heard(epoch: number, now: Instant): void {
    if (epoch > this.epoch) this.#becomeFollower(epoch, NOBODY, now);
  }

  /** Asks the leader for what it has decided since. */
  fetch(): void {
    if (this.#role !== "follower" || this.leader === NOBODY) return;
    const { epoch, decided } = this.#last;
    const { id } = this.#config;
    const known = { lastEpoch: epoch, lastVersion: decided.version };
    this.#sink.fetchFrom(this.leader, { voter: id, epoch: this.epoch, ...known });
  }

  fetched({ error, epoch, entry }: ControlResponses["QuorumFetch"], now: Instant): void {
    if (epoch > this.epoch) return this.#becomeFollower(epoch, NOBODY, now);
    if (this.#role !== "follower" || epoch < this.epoch || error !== "NONE") return;
    if (entry !== undefined) this.#last = entry as QuorumEntry<Decided>;
    this.#wait(now, this.#config.fetchTimeout);
    this.fetch();
  }

  /** A voter fetches: it has everything up to the entry that it names. */
  noteFetch(request: ControlRequests["QuorumFetch"], now: Instant): void {
    const { voter, epoch, lastEpoch, lastVersion } = request;
    this.heard(epoch, now);
    if (this.#role !== "leader" || epoch < this.epoch) return;
    this.#fetchedAt.set(voter, now);
    // What a voter has of earlier epochs is committed with the first entry of this one [Raft, 5.4.2].
    if (lastEpoch === this.epoch) this.#matched.set(voter, lastVersion);
    this.#advance(now);
  }

  /** What there is to answer it; without an entry there is nothing new, and it waits. */
  answerTo(request: ControlRequests["QuorumFetch"]): ControlResponses["QuorumFetch"] {
    const { epoch, lastEpoch, lastVersion } = request;
    const nothing = { error: "NONE", epoch: this.epoch, entry: undefined, known: lastVersion } as const;
    if (this.#role !== "leader") return { ...nothing, error: "NOT_CONTROLLER" };
    if (epoch < this.epoch) return { ...nothing, error: "FENCED_LEADER_EPOCH" };
    const has = lastEpoch === this.#last.epoch && lastVersion === this.#last.decided.version;
    return has ? nothing : { ...nothing, entry: this.#last };
  }

  #canvass(role: "prospective" | "candidate", now: Instant): void {
    this.#role = role;
    this.leader = NOBODY;
    const { id, voters, electionTimeout } = this.#config;
    if (role === "candidate") {
      this.epoch++;
      this.#votedFor = id;
    }
    this.#votes.clear();
    this.#votes.add(id);
    this.#wait(now, this.#sink.scattered(electionTimeout));
    const { epoch: lastEpoch, decided } = this.#last;
    const preVote = role === "prospective";
    const request = { candidate: id, epoch: this.epoch, lastEpoch, lastVersion: decided.version, preVote };
    for (const voter of voters) if (voter !== id) this.#sink.askForVote(voter, request);
  }

  #takeOffice(now: Instant): void {
    const { id, fetchTimeout } = this.#config;
    this.#role = "leader";
    this.leader = id;
    this.#clear();
    // They have the time of a fetch to find out.
    for (const voter of this.#others()) this.#fetchedAt.set(voter, now);
    this.#tellOthers(now, NEVER);
    this.#wait(now, Math.ceil(fetchTimeout / 2));
    this.#sink.tookOffice(this.epoch, this.#last.decided);
  }

  /** Tells voters who leads that have not fetched for `silence`. */
  #tellOthers(now: Instant, silence: Duration): void {
    for (const voter of this.#others()) {
      const quiet = silence === NEVER || now - (this.#fetchedAt.get(voter) ?? 0) > silence;
      if (quiet) this.#sink.announceEpoch(voter, { epoch: this.epoch, leader: this.#config.id });
    }
  }

  #checkQuorum(now: Instant): void {
    const { fetchTimeout } = this.#config;
    const limit = fetchTimeout * CHECK_QUORUM_FACTOR;
    const heard = this.#others().filter((voter) => now - (this.#fetchedAt.get(voter) ?? 0) <= limit);
    if (heard.length + 1 < this.#majority) return this.#becomeFollower(this.epoch, NOBODY, now);
    this.#tellOthers(now, Math.ceil(fetchTimeout / 2));
    this.#wait(now, Math.ceil(fetchTimeout / 2));
  }

  #becomeFollower(epoch: number, leader: number, now: Instant): void {
    const led = this.#role === "leader";
    if (epoch > this.epoch) this.#votedFor = NOBODY;
    this.epoch = epoch;
    this.leader = leader;
    this.#role = "follower";
    this.#clear();
    const { electionTimeout, fetchTimeout } = this.#config;
    this.#wait(now, leader === NOBODY ? this.#sink.scattered(electionTimeout) : fetchTimeout);
    if (led) this.#sink.leftOffice(now);
    this.fetch();
  }

  #clear(): void {
    this.#votes.clear();
    this.#uncommitted.length = 0;
    this.#matched.clear();
    this.#fetchedAt.clear();
  }

  /** What a majority has of this epoch is committed, and all before. */
  #advance(now: Instant): void {
    const had = this.#others()
      .map((voter) => this.#matched.get(voter) ?? -1)
      .sort((a, b) => b - a);
    const alone = this.#majority === 1 || !this.#config.rules.commitsByMajority;
    const reached = alone ? this.#last.decided.version : (had[this.#majority - 2] ?? -1);
    let entry: QuorumEntry<Decided> | undefined;
    while ((this.#uncommitted[0]?.decided.version ?? NEVER) <= reached) entry = this.#uncommitted.shift();
    if (entry !== undefined) this.#sink.committed(entry.decided, now);
  }

  #others(): readonly number[] {
    return this.#config.voters.filter((voter) => voter !== this.#config.id);
  }

  #wait(now: Instant, duration: Duration): void {
    this.#deadline = after(now, duration);
    this.#sink.setQuorumTimer(this.#deadline);
  }
}
