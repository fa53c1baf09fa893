/** What the panel's page and the extension say to each other. */
import type { Filled } from "./request.ts";

export type ToExtension =
  /** The page is there: also after it was hidden, when it is made anew. */
  | { readonly kind: "ready" }
  | { readonly kind: "filled"; readonly filled: Filled }
  | { readonly kind: "pasted"; readonly text: string }
  | { readonly kind: "backToForm" }
  | { readonly kind: "clear" }
  | { readonly kind: "copy" }
  | { readonly kind: "open"; readonly uri: string; readonly line: number; readonly character: number };

export type ToPage =
  | { readonly kind: "form"; readonly html: string }
  /** `field` is the one that the problem is about; `stale` that the policy has changed, and cannot be asked. */
  | { readonly kind: "result"; readonly html: string; readonly field: string | undefined }
  | { readonly kind: "stale"; readonly html: string };
