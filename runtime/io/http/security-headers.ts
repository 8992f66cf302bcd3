import { createHash } from "node:crypto";

/** Header fields of every answer: nothing but the page's own style and its forms is allowed. */
export function securityHeaders(options: {
  readonly style: string;
  readonly tls: boolean;
}): Readonly<Record<string, string>> {
  const digest = createHash("sha256").update(options.style).digest("base64");
  return {
    "content-security-policy": [
      "default-src 'none'",
      `style-src 'sha256-${digest}'`,
      "img-src data:",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // Not no-referrer: with it a browser sends `Origin: null` with its own forms (Fetch, 3.2).
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
    vary: "Accept, Cookie, Authorization",
    ...(options.tls ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}
