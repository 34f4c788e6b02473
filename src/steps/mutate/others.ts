/** A run about several models of which somebody overruled one: it ends for all of them, so what stands for each is told. */
import { describeValues } from "../../core/config.ts";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { Plan } from "./prepare.ts";
import type { Request } from "./request.ts";

/** What is to be done about one model, or that somebody overruled it (SUPERSEDED). */
export interface Prepared {
  readonly request: Request;
  readonly plan: Plan | Failure;
}

/** Lets SUPERSEDED be told with what stands for the other models. Throws every other Failure. */
export async function orOverruled(planning: Promise<Plan>): Promise<Plan | Failure> {
  try {
    return await planning;
  } catch (error) {
    if (error instanceof Failure && error.reason === "SUPERSEDED") return error;
    throw error;
  }
}

/** Undefined: nobody overruled any of them. */
export function overruledAmong(models: readonly Prepared[]): Failure | undefined {
  const overruled = models.filter(({ plan }) => plan instanceof Failure);
  const [first] = overruled;
  if (first === undefined) return undefined;
  if (models.length === 1) return first.plan as Failure;
  const told = models.map(
    (model) => `${model.request.service.namespace}/${model.request.service.name}: ${standing(model)}`,
  );
  const left = overruled.length < models.length;
  return new Failure("SUPERSEDED", [...told, ...(left ? [wayOn(overruled)] : [])].join("; "));
}

function standing({ request: { intent }, plan }: Prepared): string {
  if (plan instanceof Failure) return plan.evidence;
  const values = describeValues(plan.values, intent.sets);
  if (plan.kind === "commit") return `nothing was committed for it, Git holds ${values}`;
  return plan.own ? `stands as this run committed it, ${values}` : `Git holds what is wanted, ${values}`;
}

function wayOn(overruled: readonly Prepared[]): string {
  const names = overruled.map(({ request: { service } }) => printable(service.name, 100)).join(" and ");
  return `the same command without ${names} goes on with the rest`;
}
