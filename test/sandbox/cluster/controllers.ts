import { argocdController } from "./argocd.ts";
import { configurationController } from "./configuration.ts";
import { deploymentController } from "./deployment.ts";
import { ingressController } from "./ingress.ts";
import { kserveController } from "./kserve.ts";
import { labelerController } from "./labeler.ts";
import type { Reconciler } from "./objects.ts";
import { ownersController } from "./owners.ts";
import { podsController } from "./pods.ts";
import { revisionController } from "./revision.ts";
import { routeController } from "./route.ts";
import { serviceController } from "./service.ts";
import { type ClusterSettings, DEFAULT_SETTINGS } from "./settings.ts";

/** Every controller of the embedded cluster. What is not set is as recorded. */
export function createControllers(settings: Partial<ClusterSettings> = {}): readonly Reconciler[] {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  return [
    argocdController(all),
    kserveController(all),
    serviceController(),
    configurationController(),
    routeController(all),
    labelerController(),
    ingressController(),
    revisionController(all),
    podsController(all),
    deploymentController(all),
    ownersController(),
  ];
}
