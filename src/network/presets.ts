/**
 * Links by the names that people know them by, as data: one direction between a device and a server behind
 * its access network. A preset says what its source says; whatever the source leaves open is left open here
 * (no bandwidth, no loss) and its note says so.
 *
 * Sources give round trips; a link gets half of one. Where the two directions differ in bandwidth, the preset
 * has the slower one, from the device.
 */
import { type Distribution, MICROSECOND, MILLISECOND } from "../kernel/index.js";
import type { LossSpec } from "./spec.js";

export interface LinkPreset {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly delay: Distribution;
  /** bit/s; absent where the source names none. */
  readonly bandwidth?: number;
  readonly loss: LossSpec;
  /** Where each figure comes from, and what the sources leave out. */
  readonly source: string;
}

const NO_LOSS: LossSpec = { kind: "none" };

const constant = (value: number): Distribution => ({ kind: "constant", value });

export const LINK_PRESETS: readonly LinkPreset[] = [
  {
    name: "ethernet",
    summary: "A switched gigabit network within a building or campus.",
    delay: { kind: "uniform", min: 50 * MICROSECOND, max: 500 * MICROSECOND },
    bandwidth: 1_000_000_000,
    loss: NO_LOSS,
    source:
      "Bandwidth: IEEE 802.3ab (1000BASE-T). Delay: the 99th percentile of the wired round trip of a campus lies " +
      "below 1 ms (Sui et al., Characterizing and Improving WiFi Latency in Large-Scale Operational Networks, " +
      "MobiSys 2016); the lower end and the shape are assumed.",
  },
  {
    name: "wifi",
    summary: "The wireless hop to an access point in a busy network, with its long tail.",
    delay: { kind: "lognormal", median: 1_500 * MICROSECOND, sigma: 1.48, min: 0 },
    bandwidth: 15_000_000,
    loss: NO_LOSS,
    source:
      "Delay: round trips with a median of 3 ms and a 90th percentile of 20 ms (Sui et al., MobiSys 2016), which a " +
      "lognormal with sigma = ln(20/3)/1.2816 meets; the measured 99th percentile of 250 ms is longer than its 94 ms. " +
      "Bandwidth: upload of the Wi-Fi profile of Firefox's network throttling (download 30 Mbit/s). Lost frames are " +
      "repeated by the link layer; the sources name no loss of packets.",
  },
  {
    name: "lte",
    summary: "A phone or modem on a 4G network.",
    delay: constant(35 * MILLISECOND),
    bandwidth: 12_000_000,
    loss: { kind: "bernoulli", probability: 1e-6 },
    source:
      "Delay and bandwidth: WebPageTest's profile LTE (12 Mbit/s each way, 70 ms round trip). Loss: packet error loss " +
      "rate of the default bearer, QCI 9 (3GPP TS 23.203, table 6.1.7). Constant delay: the profile has no jitter.",
  },
  {
    name: "3g",
    summary: "A phone or modem on a 3G network.",
    delay: constant(150 * MILLISECOND),
    bandwidth: 768_000,
    loss: NO_LOSS,
    source:
      "WebPageTest's profile Mobile 3G (1.6 Mbit/s down, 768 kbit/s up, 300 ms round trip, no loss, no jitter).",
  },
  {
    name: "geo-satellite",
    summary: "A hop over a geostationary satellite.",
    delay: constant(259_300 * MICROSECOND),
    loss: { kind: "bernoulli", probability: 1e-6 },
    source:
      "Delay: RFC 2488 §2, ground to satellite to ground in 239.6 ms right below the satellite and 279.0 ms at the " +
      "edge of its view; the middle of the two. Loss: packet error loss rate of QCI 10, which is meant for " +
      "satellite access (3GPP TS 23.203, table 6.1.7). Bandwidth depends on the contract: state your own.",
  },
  {
    name: "lpwan",
    summary: "A LoRaWAN class A device at the fastest LoRa rate of a 125 kHz channel.",
    delay: constant(500 * MILLISECOND),
    bandwidth: 5_470,
    loss: NO_LOSS,
    source:
      "Bandwidth: data rate 5 (SF7, 125 kHz) of LoRaWAN 1.0.2 Regional Parameters, EU863-870; data rate 0 has 250 " +
      "bit/s. Delay: a class A device listens 1 s after it has sent (RECEIVE_DELAY1), so a round trip takes at " +
      "least that long. Loss depends on place and load: state your own. Duty cycles are not modelled.",
  },
];
