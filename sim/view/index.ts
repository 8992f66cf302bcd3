/** What people look at after a run: a capture file, diagrams and tables. */
export { tracePcapng } from "./pcapng/trace-pcapng.ts";
export { readTrace, TraceFileError } from "./trace-lines.ts";
export type { TraceLine } from "./trace-lines.ts";
export { diagramPage } from "./diagram/diagram-page.ts";
export { traceDiagram } from "./diagram/trace-diagram.ts";
export type { DiagramOptions } from "./diagram/trace-diagram.ts";
export { createFrameDecoder } from "./frame-decoder.ts";
export type { FrameDecoderOptions, ReceivedDecoder } from "./frame-decoder.ts";
export type { DecodedMessage, MessageDecoder, StreamDecoder } from "./message-decoder.ts";
export { natMatrixPage } from "./nat/nat-matrix-page.ts";
