export { type ChanceConstraints, chance } from "./chance.js";
