import type { KubeObject } from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";

/** `prev-jukebox-predictor-user1-test.apps.example.com`; `prefix` is empty or a tag with its hyphen. */
export function hostOf(route: KubeObject, prefix: string, settings: ClusterSettings): string {
  return `${prefix}${route.metadata.name}-${route.metadata.namespace}.${settings.domain}`;
}

export function urlOf(route: KubeObject, prefix: string, settings: ClusterSettings): string {
  return `${settings.urlScheme}://${hostOf(route, prefix, settings)}`;
}
