export type { Channel, ChannelUser, Network } from "./channel.js";
