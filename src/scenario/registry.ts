/** The models that a program knows: filled once, at the composition root. */
import type { Model, Role } from "../model/index.js";

export interface RegisteredRole {
  readonly model: Model;
  readonly role: Role;
  /** `<model>.<role>` */
  readonly name: string;
}

export class Registry {
  readonly models: readonly Model[];
  /** In order of registration. */
  readonly roles: readonly RegisteredRole[];

  constructor(models: readonly Model[]) {
    this.models = models;
    this.roles = models.flatMap((model) =>
      model.roles.map((role) => ({ model, role, name: `${model.name}.${role.name}` })),
    );
  }

  /** The role called `<model>.<role>`. */
  role(name: string): RegisteredRole | undefined {
    return this.roles.find((role) => role.name === name);
  }
}
