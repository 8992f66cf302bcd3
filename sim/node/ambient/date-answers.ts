import type { AmbientAnswer } from "../../engine/index.ts";
import type { NodeProcess } from "../node-process.ts";

/** Taken when this file loads: the global is trapped while a simulation runs. */
const MachineDate = Date;

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = [
  ...["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
  ...["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
];
const UNITS = ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"];

/** `Date` by the wall clock of a host, whose time zone is UTC. */
export function dateAnswers({ clock }: NodeProcess): readonly (readonly [string, AmbientAnswer])[] {
  const nowMs = (): number => Math.floor(clock.unixMs);
  function date(this: unknown, ...parts: number[]): unknown {
    const made: unknown = new.target;
    if (typeof made !== "function") return dateText(new MachineDate(nowMs()));
    const isLocal = parts.length > 1;
    const from = isLocal ? [utcOf(parts)] : parts.length === 1 ? parts : [nowMs()];
    return Reflect.construct(MachineDate, from, made);
  }
  return [
    ["Date", date],
    ["Date.now", nowMs],
    ["Date.prototype.getTimezoneOffset", () => 0],
    ["Date.prototype.toString", ofDate(dateText)],
    ["Date.prototype.toDateString", ofDate((of) => dateText(of).slice(0, 15))],
    ["Date.prototype.toTimeString", ofDate((of) => dateText(of).slice(16))],
    ...UNITS.flatMap((unit) => [inUtc("get", unit), inUtc("set", unit)]),
  ];
}

function utcOf(parts: readonly number[]): number {
  return MachineDate.UTC(...(parts as [number, number]));
}

function ofDate(text: (date: Date) => string): AmbientAnswer {
  return function answer(this: unknown): string {
    return text(this as Date);
  };
}

/** The member without `UTC` in its name does what the one with it does. */
function inUtc(verb: "get" | "set", unit: string): readonly [string, AmbientAnswer] {
  const member = Reflect.get(MachineDate.prototype, `${verb}UTC${unit}`) as AmbientAnswer;
  return [
    `Date.prototype.${verb}${unit}`,
    function answer(this: unknown, ...parameters: never[]): unknown {
      return Reflect.apply(member, this, parameters);
    },
  ];
}

/** As `toString` gives it: `Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)`. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "Invalid Date";
  const iso = date.toISOString();
  const day = DAYS[date.getUTCDay()] ?? "";
  const month = MONTHS[date.getUTCMonth()] ?? "";
  const [year = "", , dayOfMonth = ""] = iso.slice(0, iso.indexOf("T")).split("-");
  const time = iso.slice(iso.indexOf("T") + 1, -5);
  return `${day} ${month} ${dayOfMonth} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
}
