/** What the program meets on a runtime older than the pinned one. */

import { X509Certificate } from "node:crypto";

/** Until disposed of, the runtime does not know who has signed a certificate, as Deno before 2.7. */
export function withoutSignatures(): Disposable {
  const { checkIssued } = X509Certificate.prototype;
  X509Certificate.prototype.checkIssued = () => {
    throw Object.assign(new Error("Not implemented"), { code: "ERR_NOT_IMPLEMENTED" });
  };
  return { [Symbol.dispose]: () => void (X509Certificate.prototype.checkIssued = checkIssued) };
}
