/** What comes of a start from the console's form: it sends params and workspaces, and names no ServiceAccount. */
import assert from "node:assert/strict";
import { commandLines } from "../../../scripts/docs/commands.ts";
import { readPages } from "../../../scripts/docs/project.ts";
import { documentsIn, listAt, namesOf } from "./documents.ts";

/** OpenShift Pipelines runs what names no ServiceAccount under this one (TektonConfig, default-service-account). */
const formAccount = "pipeline";
const pipelines = documentsIn("tekton/pipeline");
const install = readPages().find(({ file }) => file === "docs/install-openshift.md");
const commands = (install?.blocks ?? [])
  .filter(({ language }) => language === "sh")
  .flatMap(({ text }) => commandLines(text));

describe("a start from the console's form", () => {
  for (const { file, content } of pipelines) {
    it(`${file}: wants three fields or four, and no workspace`, () => {
      const required = listAt(content, "spec", "params").filter((param) => param["default"] === undefined);
      const version = file.endsWith("release.yaml") ? ["model-version"] : [];
      assert.deepEqual(namesOf(required), ["namespace", "name", "git-url", ...version]);
      // They stand first, so that nobody has to look for them.
      const all = listAt(content, "spec", "params");
      assert.deepEqual(namesOf(all).slice(0, required.length), namesOf(required));
      for (const { name, optional } of listAt(content, "spec", "workspaces"))
        assert.equal(optional, true, String(name));
    });
  }

  it("has the rights: whoever binds them binds them to the form's ServiceAccount as well", () => {
    const bindings = documentsIn("tekton/rbac").filter(({ content }) => content["kind"] === "RoleBinding");
    assert.equal(bindings.length, 3);
    for (const { file, content } of bindings) {
      const subjects = listAt(content, "subjects").map(({ namespace, name }) => `${namespace}/${name}`);
      assert.deepEqual(subjects, ["user1-toolings/bluegreen", `user1-toolings/${formAccount}`], file);
    }
  });

  it("has the credentials: who installs by the page links the Secret, and says for which server it is", () => {
    const [account] = documentsIn("tekton/rbac/base").filter(
      ({ content }) => content["kind"] === "ServiceAccount",
    );
    assert.deepEqual(namesOf(listAt(account?.content, "secrets")), ["git-auth"]);
    for (const wanted of [
      /^oc create secret generic git-auth .*--type kubernetes\.io\/basic-auth/,
      /^oc annotate secret git-auth .*tekton\.dev\/git-0=https:/,
      new RegExp(`^oc secrets link ${formAccount} git-auth .*--namespace user1-toolings`),
    ]) {
      assert.ok(
        commands.some((command) => wanted.test(command)),
        `${wanted} in\n${commands.join("\n")}`,
      );
    }
  });
});
