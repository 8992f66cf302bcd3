/** A frame that a reader stands at: what a generated decoder takes. Valid until the reader moves on. */
export interface Frame {
  /** The frame's type. */
  readonly tag: number;
  /** The buffer that the frame is in; other bytes may stand around it. */
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** Where the value starts. */
  readonly offset: number;
  /** Where the value ends. */
  readonly end: number;
}
