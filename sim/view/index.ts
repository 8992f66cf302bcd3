/** What people look at after a run: a capture file, diagrams and tables. */
export { tracePcapng } from "./pcapng/trace-pcapng.ts";
export { readTrace, TraceFileError } from "./trace-lines.ts";
export type { TraceLine } from "./trace-lines.ts";
