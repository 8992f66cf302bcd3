import type { Report } from "../load/diagnostic.ts";
import type { SpecModel, TagRange } from "../model/model.ts";
import { placeOf } from "./parts.ts";

/** Ranges run upwards, and those of one tag space do not overlap. */
export function checkTagRanges(model: SpecModel, report: Report): void {
  for (const range of model.ranges) {
    if (range.from <= range.to) continue;
    const message = `The range ${range.name} ends at ${range.to.toString()} before it begins at ${range.from.toString()}.`;
    report(placeOf(model, range, "to"), "range-reversed", message, "Swap from and to.");
  }
  for (const [index, range] of model.ranges.entries()) {
    for (const earlier of model.ranges.slice(0, index)) {
      if (range.space !== earlier.space || !overlaps(range, earlier)) continue;
      const message = `The range ${span(range)} overlaps ${span(earlier)}.`;
      const remedy = "Divide the tags anew, or give one of them a space of its own.";
      report(placeOf(model, range, "from"), "range-overlap", message, remedy);
    }
  }
}

function overlaps(a: TagRange, b: TagRange): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function span({ name, from, to }: TagRange): string {
  return `${name} (${from.toString()}–${to.toString()})`;
}
