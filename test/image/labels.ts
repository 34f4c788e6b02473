/** Labels: a derived image keeps its base's unless it overrides them, and would present itself as Red Hat's. */

import { argsOf, expand } from "./dockerfile.ts";
import type { Parsed } from "./promise.ts";

/** Those of Red Hat's own images that speak of the image itself (docker inspect of ubi9/ubi-minimal), and OCI's. */
const mustSay = [
  "name",
  "vendor",
  "maintainer",
  "version",
  "release",
  "summary",
  "description",
  "com.redhat.component",
  "io.k8s.display-name",
  "io.k8s.description",
  "io.openshift.tags",
  "org.opencontainers.image.title",
  "org.opencontainers.image.description",
  "org.opencontainers.image.version",
  "org.opencontainers.image.vendor",
  "org.opencontainers.image.authors",
  "org.opencontainers.image.licenses",
  "org.opencontainers.image.base.name",
];

/** What only the builder knows, or what there is nothing to say about: overridden, if need be by nothing. */
const mayBeEmpty = [
  "url",
  "build-date",
  "vcs-ref",
  "vcs-type",
  "io.openshift.expose-services",
  "org.opencontainers.image.created",
  "org.opencontainers.image.revision",
  "org.opencontainers.image.source",
  "org.opencontainers.image.url",
];

export function labelProblems({ file, final, version }: Parsed): readonly string[] {
  const values = argsOf(file, final);
  const labels = new Map(
    final.steps
      .filter(({ keyword }) => keyword === "LABEL")
      .flatMap(({ properties }) => [...properties])
      .map(([name, value]) => [name, expand(value ?? "", values)]),
  );
  return [
    ...[...mustSay, ...mayBeEmpty].filter((name) => !labels.has(name)).map((name) => `no label ${name}`),
    ...mustSay.filter((name) => labels.get(name) === "").map((name) => `label ${name} is empty`),
    ...[...labels]
      .filter(([, value]) => value.includes("$"))
      .map(([name, value]) => `label ${name} names an unknown variable: ${value}`),
    ...["version", "org.opencontainers.image.version"]
      .filter((name) => labels.get(name) !== version)
      .map((name) => `label ${name} is ${labels.get(name)}, package.json's version ${version}`),
    ...[...labels]
      .filter(([name, value]) => /red ?hat|ubi/i.test(value) && name !== "org.opencontainers.image.base.name")
      .map(([name, value]) => `label ${name} speaks of the base: ${value}`),
  ];
}
