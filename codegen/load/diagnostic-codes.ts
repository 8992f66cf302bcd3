/** Every kind of problem that loading and checking a spec can report, with what it means. */
export const DIAGNOSTIC_CODES = {
  // Reading
  "document-missing": "A document or the spec folder itself is not there.",
  "document-unreadable": "A file or folder may not be read.",
  "document-encoding": "A file is not UTF-8.",
  "document-misplaced": "A document stands where documents of its kind do not belong.",
  "document-shape": "A document is not a JSON object.",
  "json-syntax": "A document is not strict JSON.",
  "json-depth": "A document is nested too deep.",
  "json-key-twice": "An object has a key twice.",
  "json-key-forbidden": "An object has a key that JavaScript treats specially.",
  "schema-missing": "A document has no $schema.",
  "schema-unknown": "The $schema of a document names no kind of document.",

  // Shape, by the meta-schemas
  "property-unknown": "An object has a property that its kind does not have.",
  "property-missing": "An object lacks a property that it needs.",
  "property-excluded": "A property does not go with the others of its object.",
  "name-malformed": "A name is not written as names of its kind are.",
  "value-type": "A value has the wrong JSON type.",
  "value-malformed": "A value is not of the form or within the bounds that its place asks for.",

  // References
  "unknown-protocol": "uses names a protocol that is not there.",
  "protocol-cycle": "Protocols use each other in a circle.",
  "protocol-name": "A protocol does not have the name of its folder.",
  "unknown-role": "A role is named that no visible protocol defines.",
  "unknown-transport": "A transport is named that no visible protocol defines.",
  "unknown-type": "A type is named that no visible protocol defines.",
  "unknown-message": "A message is named that no visible protocol defines.",
  "unknown-limit": "A limit is named that no visible protocol defines.",
  "unknown-state": "A state is named that the machine does not define.",
  "unknown-timer": "A timer is named that the machine does not define.",
  "unknown-event": "An event is named that is no message, timer or event.",
  "unknown-output": "An output is named that the machine does not define.",
  "unknown-field": "A timer names a field that a state with it does not have.",
  "unknown-error": "An RPC error is named that the service does not define.",
  "unknown-schema": "A JSON shape refers to one that is not there.",
  "name-twice": "A name is defined twice where both are visible.",
  "tag-outside-ranges": "A tag is in no range of its tag space.",
  "field-bounds-misplaced": "min, max or as stand at a field whose type they do not apply to.",
  "type-shape": "A type has not exactly one of bytes, string, list, rest, tlvs.",
  "case-not-struct": "A case of a union names a type that is no struct.",
  "transition-group-missing": "A transition from several states has no group to name its handler.",
  "transition-empty": "A transition from * leaves no state.",

  // Tags and names
  "range-reversed": "A range ends before it begins.",
  "range-overlap": "Two ranges of one tag space overlap.",
  "tag-twice": "Two messages of one tag space have the same tag.",
  "tag-retired": "A message has a retired tag.",
  "tag-too-wide": "A tag does not fit the framing's type.",
  "tag-taken": "A tag is the framing's end type.",
  "name-retired": "A message or type has a retired name.",
  "name-reserved": "A name is taken by the language or the library that generated code uses.",
  "generated-name-twice": "Two elements would generate the same name.",

  // Framing
  "framing-width": "Type and length do not fill 16, 24, 32, 48 or 64 bits.",
  "framing-header":
    "The header of a packet is not whole bytes, or a field of it cannot be as described.",
  "framing-type-too-wide": "A bare or end type does not fit the framing's type.",
  "framing-transport": "A transport cannot carry a single frame.",

  // Fields and types
  "field-twice": "Two fields of one value have the same name.",
  "field-after-rest": "A field follows one that takes the rest of the value.",
  "rest-nested": "A type that takes the rest of the value stands inside of a struct or list.",
  "bounds-reversed": "min is above max.",
  "bounds-outside-type": "A bound is outside of what the type can hold.",
  "length-too-small": "A length or count cannot hold the stated maximum.",
  "element-empty": "The elements of a list to the end take no bytes, so that it has no end.",
  "struct-recursive": "A struct contains itself.",
  "since-backwards": "A field was added earlier than one before it.",
  "since-future": "An element was added in a version that the protocol has not reached.",
  "since-needless": "A field has the since of its message, which already says it.",
  "since-misplaced": "A field that may be missing cannot be told from a present one here.",
  "tlv-nested": "A message is nested whose framing differs, or that nests itself.",
  "enum-value-twice": "Two values, bits or cases have the same number.",
  "enum-value-too-wide": "A value or bit does not fit its base.",
  "bare-message-fields": "A message whose type stands alone has fields.",

  // Sizes
  "size-over-transport": "A message's largest frame does not fit its transport.",
  "size-over-framing": "A message's largest value cannot be told by the framing's length.",
  "size-max-too-small": "maxBytes is smaller than the message's smallest value.",
  "size-max-exceeded": "Fields at their largest exceed maxBytes.",

  // State machines
  "state-unreachable": "No transition leads to a state.",
  "state-dead-end": "A state that is not final has no way out.",
  "state-trapped": "No path leads from a state to a final or endless one.",
  "state-waits-forever": "A waiting state has no way out by time.",
  "state-final-left": "A transition leaves a final state.",
  "state-final-timer": "A final state has timers or is called endless.",
  "transition-shadowed": "A transition is never tried because one before it has no guard.",
  "guard-twice": "Two transitions of one state and event have the same guard.",
  "timer-unused": "No state lists a timer.",
  "timer-unhandled": "A timer fires in a state that has no transition without a guard for it.",
  "timer-not-running": "A transition awaits or restarts a timer where it does not run.",
  "timer-unit": "A timer's duration is not a number of milliseconds.",
  "event-unused": "No transition is on a declared event.",
  "output-unused": "No transition issues a declared output.",
  "output-always-data": "An output with data cannot be issued by the generated step.",
  "send-wrong-role": "A machine sends a message that its role does not send.",
  "receive-wrong-role": "A machine awaits a message that its role does not receive.",
  "data-name-reserved": "A field of a state, event or output has a name that tells them apart.",

  // RPC and HTTP
  "error-code-twice": "Two errors of a service have the same code.",
  "error-code-reserved": "An error has a code that JSON-RPC keeps for itself.",
  "error-unused": "No method answers with a declared error.",
  "method-notification": "A notification has what only an answered method can have.",
  "params-not-object": "The parameters of a method, or a query, are not an object.",
  "schema-invalid": "A JSON shape is not one that a validator accepts.",
  "schema-unused": "Nothing refers to a shared JSON shape.",
  "operation-twice": "Two operations have the same method and path.",
  "operation-body": "A GET or DELETE has a body.",
  "path-parameter": "A path is malformed.",
} as const;

/** Stable name of a kind of problem. */
export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;
