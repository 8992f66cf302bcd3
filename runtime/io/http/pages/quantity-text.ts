/** A duration in words, its two largest units: `3 d 4 h`, `12 s`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)} ${unit}`)
    .join(" ");
}

/** An amount of memory given in KiB: `512 MiB`, `15.6 GiB`. */
export function memoryText(kib: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const step = Math.min(units.length - 1, kib < 1 ? 0 : Math.floor(Math.log2(kib) / 10));
  const amount = kib / 1024 ** step;
  return `${amount >= 100 || step === 0 ? amount.toFixed(0) : amount.toFixed(1)} ${units[step] ?? "KiB"}`;
}

/** A share given in thousandths, as per cent. */
export function permilleText(permille: number): string {
  return `${(permille / 10).toFixed(permille < 100 ? 1 : 0)} %`;
}

/** The value of a member of a JSON object for people; the unit at the end of its name says how. */
export function memberText(name: string, value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (/[a-z]S$/.test(name)) return durationText(value);
  if (/[a-z]Ms$/.test(name)) return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  if (/[a-z]Kib$/.test(name)) return memoryText(value);
  if (/[a-z]Bytes$/.test(name)) return memoryText(value / 1024);
  if (/[a-z]Permille$/.test(name)) return permilleText(value);
  return String(value);
}

/** The name of a member of a JSON object for people: words, without the unit that the text of a number shows. */
export function memberLabel(name: string, value: unknown): string {
  const base =
    typeof value === "number" ? name.replace(/(?<=[a-z])(S|Ms|Kib|Bytes|Permille)$/, "") : name;
  const words = base.replace(/[A-Z]+/g, (capitals) => ` ${capitals.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
