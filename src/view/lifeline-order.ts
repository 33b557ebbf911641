/** In which order the nodes stand side by side: who publishes, who passes on, who receives. */
import type { Flight, Story } from "./story.js";

/** Names of all nodes of the story, left to right; those in `wanted` first and in that order. */
export function orderLifelines(story: Story, wanted: readonly string[] = []): string[] {
  const first = wanted.filter((name) => story.nodes.includes(name));
  const rest = story.nodes.filter((name) => !first.includes(name));
  return [...new Set(first), ...(first.length > 0 ? rest : byPart(story, rest))];
}

const PUBLISHES = 0;
const PASSES_ON = 1;
const RECEIVES = 2;

function byPart(story: Story, nodes: readonly string[]): string[] {
  const part = new Map<string, number>(nodes.map((node) => [node, PASSES_ON]));
  for (const mark of story.marks) {
    if (mark.kind === "delivered" && part.get(mark.node) === PASSES_ON) part.set(mark.node, RECEIVES);
    if (mark.kind === "published") part.set(mark.node, PUBLISHES);
  }
  if (!nodes.some((node) => part.get(node) !== PASSES_ON)) return aroundTheHub(story.flights, nodes);
  return [PUBLISHES, PASSES_ON, RECEIVES].flatMap((wanted) =>
    nodes.filter((node) => part.get(node) === wanted),
  );
}

/** The node that talks to most others, after the first that appears; at a tie, order of appearance. */
function aroundTheHub(flights: readonly Flight[], nodes: readonly string[]): string[] {
  const peers = new Map<string, Set<string>>(nodes.map((node) => [node, new Set<string>()]));
  for (const flight of flights) {
    peers.get(flight.from)?.add(flight.to);
    peers.get(flight.to)?.add(flight.from);
  }
  const most = Math.max(0, ...[...peers.values()].map((set) => set.size));
  const hub = nodes.find((node) => peers.get(node)?.size === most);
  if (hub === undefined || most < 2) return [...nodes];
  const others = nodes.filter((node) => node !== hub);
  return [...others.slice(0, 1), hub, ...others.slice(1)];
}
