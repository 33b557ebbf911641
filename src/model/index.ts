export type {
  ActivityDescription,
  MetricDescription,
  OptionDescription,
  OptionValue,
  OptionValues,
  RoleDescription,
} from "./description.js";
export type { Model, Operation, Place, Program, Role } from "./model.js";
