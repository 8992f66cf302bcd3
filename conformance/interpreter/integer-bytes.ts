/** Bytes of each integer type, told here once more: the interpreter believes nothing of the generator's. */
export const INTEGER_BYTES = {
  u8: 1,
  u16: 2,
  u24: 3,
  u32: 4,
  u48: 6,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
} as const;
