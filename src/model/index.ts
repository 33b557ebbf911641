export type {
  ActivityDescription,
  MetricDescription,
  OptionDescription,
  OptionRefusal,
  OptionValue,
  OptionValues,
  ProfileDescription,
  ProfileValue,
  RoleDescription,
} from "./description.js";
export type { Model, Operation, Place, Program, Role } from "./model.js";
