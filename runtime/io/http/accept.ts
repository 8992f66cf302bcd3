/** Whether an Accept header (RFC 9110, 12.5.1) asks for a page rather than for JSON. Without a preference: JSON. */
export function wantsPage(accept: string | undefined): boolean {
  let page = 0;
  let json = 0;
  for (const range of (accept ?? "").split(",").slice(0, 32)) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (type === "text/html" || type === "application/xhtml+xml") page = Math.max(page, quality);
    else if (/^application\/(.+\+)?json$/.test(type)) json = Math.max(json, quality);
  }
  return page > 0 && page >= json;
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
