/** Which repository URLs are taken. */
import { printable } from "../core/text.ts";

export type RemoteUrl =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "problem"; readonly problem: string };

/**
 * https anywhere, http for this machine only. Credentials in the URL are refused, and no problem text repeats them:
 * what cannot be parsed is not shown at all.
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  const trimmed = text.trim();
  const problem = otherTransport(trimmed);
  if (problem !== undefined) return refuse(problem);
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (url === undefined) return refuse(`not a URL; ${wanted}`);
  return problemOf(url) ?? { kind: "url", url: cleanUrl(url) };
}

const wanted = "use https://<host>/<path to the repository>";

function problemOf(url: URL): RemoteUrl | undefined {
  if (url.username !== "" || url.password !== "") {
    return refuse(
      `credentials in the URL end up in logs; use ${printable(cleanUrl(url))} and give them by BLUEGREEN_GIT_USERNAME and BLUEGREEN_GIT_PASSWORD or ~/.git-credentials`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuse(`${url.protocol}// is not supported; ${wanted}`);
  if (url.search !== "" || url.hash !== "") return refuse(`a repository URL has no ? and no #; ${wanted}`);
  if (url.pathname === "/") return refuse(`the URL names no repository; ${wanted}`);
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return refuse(`http would send the password in the clear; use https://${url.host}${url.pathname}`);
  }
  return undefined;
}

/** Without user info, query, fragment and slashes at the end. */
function cleanUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** What git takes and this program does not: ssh in both its forms, the git protocol, files. */
function otherTransport(text: string): string | undefined {
  const ssh = /^(?:(?:git\+)?ssh|git):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:@]+)(?::\d+)?\/(.+)$/i.exec(text);
  // scp-like: [user@]host:path, where no slash stands before the colon.
  const scp = /^(?:[^/:@\s]+@)?([^/:@\s]+):(?!\/\/)\/*(\S+)$/.exec(text);
  const [, host, path] = ssh ?? scp ?? [];
  // An @ in there is a password that was typed without a scheme: nothing of such a text is shown.
  if (path?.includes("@")) return `not a URL; ${wanted}`;
  if (host !== undefined && path !== undefined) {
    const protocol = /^git:\/\//i.test(text) ? "the git protocol" : "ssh";
    return `${protocol} is not supported; use https://${printable(`${host}/${path}`, 200)}`;
  }
  if (/^(?:file:|[./~])/i.test(text)) return `local repositories are not supported; ${wanted}`;
  return undefined;
}

/** This machine itself, where nothing travels over a network. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refuse(problem: string): RemoteUrl {
  return { kind: "problem", problem };
}
