import type { RecordedEvent } from "./run-recorder.ts";
import type { TracedEvent } from "./trace.ts";

/** Says in which event two runs parted, and shows the first record that only one has, or the events themselves. */
export function divergenceText(
  event: number,
  sides: readonly [RecordedEvent, RecordedEvent],
): string {
  const [one, other] = sides;
  const known = one.event ?? other.event;
  const where = known === undefined ? "" : ` (${eventText(known)})`;
  const isSameEvent = JSON.stringify(one.event) === JSON.stringify(other.event);
  const index = firstDifference(one.records, other.records);
  const show = ({ event: own, records }: RecordedEvent): string => {
    const what = own === undefined ? "no such event" : eventText(own);
    const record = index === undefined ? undefined : (records[index] ?? "no further record");
    if (record === undefined) return what;
    return isSameEvent ? record : `${what}: ${record}`;
  };
  const lines = [
    `the runs differ at event ${String(event)}${where}`,
    `  one:   ${show(one)}`,
    `  other: ${show(other)}`,
  ];
  return lines.join("\n");
}

function eventText({ timeUs, sequence, label, argument }: TracedEvent): string {
  const name = label ?? "a handler without a label";
  const given = argument === undefined ? "" : `, argument ${JSON.stringify(argument)}`;
  return `${name} at ${String(timeUs)} µs${given}, scheduled as number ${String(sequence)}`;
}

function firstDifference(one: readonly string[], other: readonly string[]): number | undefined {
  const length = Math.max(one.length, other.length);
  for (let index = 0; index < length; index += 1) if (one[index] !== other[index]) return index;
  return undefined;
}
