/** The Forge port: finds out what kind of server it is, and speaks to it. Nothing is asked before it is needed. */
import * as v from "valibot";
import { Failure } from "../errors/failure.ts";
import type { Forge, Patience } from "../ports.ts";
import { type AuthorizationSources, authorizationFor } from "./authorization.ts";
import { type ClientSettings, createClient } from "./client.ts";
import { createGitea } from "./gitea.ts";
import { createGitHub, githubHeaders } from "./github.ts";
import { apiUrl, knownProvider, type Provider, placeOf, type RepositoryPlace } from "./place.ts";

export interface ForgeSettings extends Omit<ClientSettings, "url" | "authorize" | "headers"> {
  readonly gitUrl: string;
  /** The branch that is merged into. */
  readonly target: string;
  readonly provider: Provider | "auto";
  /** The API's address, where it is not the provider's usual one. */
  readonly apiUrl?: string | undefined;
  readonly authorization: AuthorizationSources;
}

/** Throws Failure INVALID_OPTION for a Git URL that names no owner and repository. */
export function createForge(settings: ForgeSettings): Forge {
  const place = placeOf(settings.gitUrl);
  if (place === undefined) {
    throw new Failure("INVALID_OPTION", "--git-url must end in /owner/repository for --push pull-request");
  }
  let made: Promise<Forge> | undefined;
  function forge(patience: Patience): Promise<Forge> {
    made ??= connect(settings, place as RepositoryPlace, patience).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  }
  return {
    find: async (branch, patience) => (await forge(patience)).find(branch, patience),
    open: async (request, patience) => (await forge(patience)).open(request, patience),
    read: async (number, patience) => (await forge(patience)).read(number, patience),
  };
}

async function connect(settings: ForgeSettings, place: RepositoryPlace, patience: Patience): Promise<Forge> {
  const { provider: wanted, authorization, target } = settings;
  const provider =
    wanted === "auto" ? (knownProvider(place) ?? (await detect(settings, place, patience))) : wanted;
  const client = createClient({
    ...settings,
    url: settings.apiUrl ?? apiUrl(provider, place),
    headers: provider === "github" ? githubHeaders : {},
    authorize: () => authorizationFor(provider, authorization),
  });
  return provider === "github" ? createGitHub(client, place, target) : createGitea(client, place, target);
}

const version = v.object({ version: v.string() });
const meta = v.object({ verifiable_password_authentication: v.boolean() });

/** Asks without credentials: a server of another kind must not get them. */
async function detect(
  settings: ForgeSettings,
  place: RepositoryPlace,
  patience: Patience,
): Promise<Provider> {
  for (const [provider, path, schema] of [
    ["gitea", "/version", version],
    ["github", "/meta", meta],
  ] as const) {
    const url = settings.apiUrl ?? apiUrl(provider, place);
    const client = createClient({ ...settings, url, headers: {}, authorize: async () => undefined });
    const expected = [401, 403, 404];
    const reply = await client.call({ method: "GET", path, expected }, patience).catch(unlessNotJson);
    if (v.safeParse(schema, reply?.data).success) return provider;
  }
  throw new Failure(
    "INVALID_OPTION",
    `what kind of server ${new URL(place.server).host} is cannot be told; pass --git-provider gitea or github`,
  );
}

function unlessNotJson(error: unknown): undefined {
  if (error instanceof Failure && error.reason === "GIT_PROTOCOL") return undefined;
  throw error;
}
