/** Kinds of links by name, as resolving sees them. */
import { LINK_PRESETS, type LinkSpec } from "../../network/index.js";

/** What a preset says of a link; what it leaves out is as in a link that says nothing. */
export type LinkPreset = Partial<Omit<LinkSpec, "from" | "to">>;

export type LinkPresets = ReadonlyMap<string, LinkPreset>;

export const PRESETS: LinkPresets = new Map(LINK_PRESETS.map((preset) => [preset.name, preset]));
