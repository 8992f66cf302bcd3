import type {
  HttpApi,
  Machine,
  Message,
  NamedType,
  Protocol,
  RpcService,
  TagRange,
} from "../model/model.ts";
import { spreadBroken } from "./broken-definitions.ts";
import type { Report } from "./diagnostic.ts";
import type { DocumentKind } from "./document-kind.ts";
import { resolveHttp } from "./resolve-http.ts";
import { resolveMachine } from "./resolve-machine.ts";
import { declareMessages } from "./resolve-messages.ts";
import { resolveProtocolHead, unknownHead } from "./resolve-protocol.ts";
import type { ProtocolHead } from "./resolve-protocol.ts";
import { resolveRpc } from "./resolve-rpc.ts";
import { declareTypes } from "./resolve-types.ts";
import { Scope } from "./scope.ts";
import type { SoundDocument } from "./sound-document.ts";

/** What one protocol is loaded from. */
export interface ProtocolLoaderOptions {
  readonly folder: string;
  /** Its protocol.json; undefined if it cannot be read. */
  readonly head: SoundDocument | undefined;
  /** The protocol's sound documents. */
  readonly documents: readonly SoundDocument[];
  /** Kinds of its documents that could not be read. */
  readonly lost: readonly DocumentKind[];
  /** Loaders of the used protocols; undefined for one that could not be read. */
  readonly uses: readonly (ProtocolLoader | undefined)[];
  /** All tag ranges; undefined if some could not be read. */
  readonly ranges: readonly TagRange[] | undefined;
  readonly report: Report;
}

/** Resolves one protocol: names first, then what they mean, then what uses them. */
export class ProtocolLoader {
  readonly #options: ProtocolLoaderOptions;
  readonly #scope: Scope;
  readonly #head: ProtocolHead;
  #types: readonly NamedType[] = [];
  #messages: readonly Message[] = [];
  #machines: readonly Machine[] = [];
  #services: readonly RpcService[] = [];
  #http: HttpApi | undefined;
  #protocol: Protocol | undefined;

  constructor(options: ProtocolLoaderOptions) {
    const { folder, head, report } = options;
    this.#options = options;
    const used = options.uses.filter((loader) => loader !== undefined);
    this.#scope = new Scope(
      folder,
      used.map((loader) => loader.#scope),
      report,
    );
    this.#head =
      head === undefined ? unknownHead(folder) : resolveProtocolHead(head, folder, this.#scope);
    this.#addGaps();
  }

  /** The protocol, without the elements that have problems. It is the same object at each call, once loaded. */
  get protocol(): Protocol {
    this.#protocol ??= {
      ...this.#head,
      uses: this.#options.uses.flatMap((loader) => loader?.protocol ?? []),
      types: this.#types,
      messages: this.#messages,
      machines: this.#machines,
      services: this.#services,
      http: this.#http,
    };
    return this.#protocol;
  }

  /** Resolves all that the documents hold. */
  load(): void {
    const { head, folder, report } = this.#options;
    if (head !== undefined && this.#head.name !== folder) {
      const message = `The protocol is called ${this.#head.name}, and its folder ${folder}.`;
      report(
        head.document.placeOf(["protocol"]),
        "protocol-name",
        message,
        "Give both the same name.",
      );
    }
    if (head !== undefined) {
      this.#scope.reportClashes((index) => head.document.placeOf(["uses", index]));
    }
    this.#loadDefinitions();
    const scope = this.#scope;
    this.#machines = this.#ofKind("machine", (document) => resolveMachine(document, scope, report));
    this.#services = this.#ofKind("rpc", (document) => resolveRpc(document, scope, report));
    this.#http = this.#ofKind("http", (document) => resolveHttp(document, scope, report))[0];
  }

  #loadDefinitions(): void {
    const { report, ranges, documents } = this.#options;
    const scope = this.#scope;
    const { space } = this.#head;
    const isSpaceKnown = this.#options.head !== undefined;
    const inSpace = isSpaceKnown ? ranges?.filter((range) => range.space === space) : undefined;
    const context = { scope, report, space, ranges: inSpace };
    const types = documents
      .filter(({ kind }) => kind === "types")
      .map((document) => declareTypes(document, scope, report));
    const messages = documents
      .filter(({ kind }) => kind === "messages")
      .map((document) => declareMessages(document, context));
    const broken = new Set<NamedType | Message>();
    for (const { fill } of [...types, ...messages]) {
      for (const definition of fill()) broken.add(definition);
    }
    const allTypes = types.flatMap((declared) => declared.types);
    const allMessages = messages.flatMap((declared) => declared.messages);
    spreadBroken(broken, [...allTypes, ...allMessages]);
    for (const definition of broken)
      scope.withdraw("tag" in definition ? "message" : "type", definition.name);
    this.#types = allTypes.filter((type) => !broken.has(type));
    this.#messages = allMessages.filter((message) => !broken.has(message));
  }

  #addGaps(): void {
    const { lost, uses, head } = this.#options;
    if (lost.includes("types")) this.#scope.addGap("type");
    if (lost.includes("messages")) this.#scope.addGap("message");
    if (head === undefined || uses.includes(undefined)) {
      for (const kind of ["role", "transport", "limit", "type", "message"] as const)
        this.#scope.addGap(kind);
    }
  }

  #ofKind<T>(
    kind: DocumentKind,
    resolve: (document: SoundDocument) => T | undefined,
  ): readonly T[] {
    return this.#options.documents
      .filter((document) => document.kind === kind)
      .map(resolve)
      .filter((value) => value !== undefined);
  }
}
