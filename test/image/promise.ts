import type { Dockerfile, Stage } from "./dockerfile.ts";

/** What the checks look at. */
export interface Project {
  readonly dockerfile: string;
  /** Files of the build context, after .dockerignore. */
  readonly context: readonly string[];
  readonly version: string;
  /** package.json's, e.g. `>=20.19`. */
  readonly engines: string;
  /** Version of Node that CI tests the bundle with. */
  readonly lts: string;
  /** Commands of the Task's steps. */
  readonly commands: readonly (readonly string[])[];
}

export interface Parsed extends Project {
  readonly file: Dockerfile;
  readonly final: Stage;
}
