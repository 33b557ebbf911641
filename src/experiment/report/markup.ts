/** What other pages are written in that look like the report. */
export { code, tag, verdict } from "./html.js";
export { STYLESHEET } from "./stylesheet.js";
