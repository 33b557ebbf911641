/** Topic names and topic filters [MQTT 5.0 §4.7]: which are valid, and which filter matches which name. */
import { utf8Bytes } from "./packets/wire-size.js";

/** A topic name: not empty [MQTT-4.7.3-1], no NUL [MQTT-4.7.3-2], at most 65,535 bytes [MQTT-4.7.3-3], no wildcards [MQTT-3.3.2-2]. */
export function isValidTopicName(name: string): boolean {
  return isValidText(name) && !name.includes("+") && !name.includes("#");
}

/** A topic filter: `+` fills a level [MQTT-4.7.1-2], `#` fills the last one [MQTT-4.7.1-1]. */
export function isValidTopicFilter(filter: string): boolean {
  if (!isValidText(filter)) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level.includes("#")) return level === "#" && index === levels.length - 1;
    return !level.includes("+") || level === "+";
  });
}

function isValidText(text: string): boolean {
  return text.length > 0 && !text.includes("\0") && utf8Bytes(text) <= 65_535;
}

/** Whether `filter` matches `name`, both valid: the definition that the subscription tree is compared with. */
export function matchesTopic(filter: string, name: string): boolean {
  // A filter that begins with a wildcard does not match a name that begins with $ [MQTT-4.7.2-1].
  if (name.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  let from = 0;
  for (let at = 0; at < filter.length; at++) {
    const character = filter[at];
    if (character === "#") return true; // any levels that are left
    if (character === "+") {
      while (from < name.length && name[from] !== "/") from++;
    } else if (from < name.length) {
      if (character !== name[from]) return false;
      from++;
    } else {
      return filter.slice(at) === "/#"; // also the parent level itself [MQTT 5.0 §4.7.1.2]
    }
  }
  return from === name.length;
}
