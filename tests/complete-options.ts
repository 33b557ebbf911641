/** Options as a scenario has them: what is given, and for everything else the defaults of its description. */
export { completeOptions } from "../src/claims/index.js";
