/** The words by which storages, registries and admission say why they refuse. */

/** Some storages answer “unauthorized” for what does not exist, and then say so besides. */
const surelyMissing = /repository ?not ?found|no ?such ?(key|bucket)/i;
const denied =
  /access ?denied|forbidden|unauthori[sz]ed|permission ?denied|invalid ?access ?key|signature ?does ?not ?match|(locate|no) ?credentials|\b40[13]\b/i;
const missing = /not ?found|no such|does not exist|no model found|\b404\b/i;

export function whyNotLoaded(
  message: string,
): "MODEL_NOT_FOUND" | "MODEL_ACCESS_DENIED" | "MODEL_DOWNLOAD_FAILED" {
  if (surelyMissing.test(message)) return "MODEL_NOT_FOUND";
  if (denied.test(message)) return "MODEL_ACCESS_DENIED";
  return missing.test(message) ? "MODEL_NOT_FOUND" : "MODEL_DOWNLOAD_FAILED";
}

/** ResourceQuota's plugin: “exceeded quota: NAME, requested: …, used: …, limited: …”. */
export function isQuota(message: string): boolean {
  return /exceeded quota/i.test(message);
}

/** Webhooks, PodSecurity, OpenShift's SCCs, LimitRanges and policies. */
export function isRefusal(message: string): boolean {
  return /denied the request|violates PodSecurity|security context constraint|is forbidden|admission/i.test(
    message,
  );
}
