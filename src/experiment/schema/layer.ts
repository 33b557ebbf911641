/**
 * What lies between TCP and the programs, in the record of a transport:
 *
 *     tls: "1.3"                                       # or none, "1.2", "1.3-resumed", …
 *     tls: { version: "1.3", resumed: true, earlyData: true }
 *     webSocket: true
 *     webSocket: { path: /chat, host: server.example.com, subprotocol: chat }
 */
import { z } from "zod";
import type { OptionDescription } from "../../model/index.js";
import type { TlsSpec, WebSocketSpec } from "../../network/index.js";
import { published, record, Refusal, scalar } from "./field.js";
import { optionShape } from "./option.js";
import { readBoolean, readChoice } from "./scalar.js";

/** The certificates that OpenSSL takes at most (SSL_MAX_CERT_LIST_DEFAULT). */
const CERTIFICATES_MAX = 102_400;

const VERSIONS = ["1.2", "1.3"] as const;

/** The fields of `tls`, by the names of `TlsSpec`. */
const TLS_FIELDS: readonly OptionDescription[] = [
  {
    name: "version",
    kind: "choice",
    choices: VERSIONS,
    default: "1.3",
    summary: "Version of the protocol.",
    source: "RFC 8446, RFC 5246",
  },
  {
    name: "resumed",
    kind: "boolean",
    default: false,
    summary: "The client holds a ticket of an earlier session, so that the server sends no certificates.",
    source: "RFC 8446 §2.2, RFC 5077",
  },
  {
    name: "earlyData",
    kind: "boolean",
    default: false,
    summary: "The client sends at once what it has to say: for version 1.3, resumed.",
    source: "RFC 8446 §2.3",
  },
  {
    name: "certificateChain",
    kind: "size",
    min: 1,
    max: CERTIFICATES_MAX,
    default: 2560,
    summary: "The certificates that the server sends, together.",
    source: "two with RSA-2048 keys, as public authorities issue them",
  },
];

/** The fields of `webSocket`, by the names of `WebSocketSpec`. */
const WEB_SOCKET_FIELDS: readonly OptionDescription[] = [
  {
    name: "path",
    kind: "text",
    pattern: "^/[!-~]*$",
    patternHelp: "a path: / and printable ASCII without spaces",
    default: "/",
    summary: "What the request asks for.",
    source: "RFC 6455 §4.1",
  },
  {
    name: "host",
    kind: "text",
    pattern: "^[!-~]+$",
    patternHelp: "a host: printable ASCII without spaces",
    default: "server.example.com",
    summary: "Value of the header field Host.",
    source: "the example of RFC 6455 §1.2",
  },
  {
    name: "subprotocol",
    kind: "text",
    pattern: "^[!#-'*+.0-9A-Z^-z|~-]+$",
    patternHelp: "a token of HTTP, such as chat",
    optional: true,
    summary: "What the client asks for and the server speaks. Left out: none.",
    source: "RFC 6455 §1.9",
  },
  {
    name: "frameMax",
    kind: "size",
    min: 1,
    optional: true,
    summary: "Payload of a frame at most: longer contents go in fragments. Left out: no limit.",
    source: "RFC 6455 §5.4",
  },
];

/** Short for a record. */
const TLS_WORDS: Readonly<Record<string, TlsSpec | "none">> = {
  none: "none",
  "1.2": tlsOf("1.2", false, false),
  "1.2-resumed": tlsOf("1.2", true, false),
  "1.3": tlsOf("1.3", false, false),
  "1.3-resumed": tlsOf("1.3", true, false),
  "1.3-early-data": tlsOf("1.3", true, true),
};

function tlsOf(version: TlsSpec["version"], resumed: boolean, earlyData: boolean): TlsSpec {
  return { version, resumed, earlyData, certificateChain: 2560 };
}

const TLS_SUMMARY = `TLS over TCP: ${Object.keys(TLS_WORDS).join(", ")}, or a record. Left out: as the other end says.`;
const WEB_SOCKET_SUMMARY =
  "WebSocket over TCP or TLS: `true`, `false`, or a record. Left out: as the other end says.";

/** The options of a TCP transport that add a layer, for lists. */
export const LAYER_OPTIONS: readonly OptionDescription[] = [
  { name: "tls", kind: "record", fields: TLS_FIELDS, optional: true, summary: TLS_SUMMARY },
  {
    name: "webSocket",
    kind: "record",
    fields: WEB_SOCKET_FIELDS,
    optional: true,
    summary: WEB_SOCKET_SUMMARY,
  },
];

/** YAML takes an unquoted 1.3 for a number. */
function readWord(value: unknown, words: readonly string[], orElse: string = ""): string | Refusal {
  const word = readChoice(typeof value === "number" ? String(value) : value, words);
  if (!(word instanceof Refusal)) return String(word);
  return new Refusal(word.expected + orElse, word.suggestion);
}

const wordForms = (words: readonly string[]): readonly { readonly enum: readonly unknown[] }[] => [
  { enum: [...words, ...VERSIONS.map(Number)] },
];

const withoutDelays = (): number[] => [];

const tlsWord: z.ZodType<TlsSpec | "none"> = scalar(
  (value) => readWord(value, Object.keys(TLS_WORDS), ", or a record"),
  wordForms(Object.keys(TLS_WORDS)),
  TLS_SUMMARY,
).transform((word) => TLS_WORDS[word] ?? "none");

const version = scalar(
  (value) => readWord(value, VERSIONS),
  wordForms(VERSIONS),
  "Version of the protocol.",
  "1.3",
)
  .optional()
  .transform((given) => given ?? "1.3");

const tlsRecord: z.ZodType<TlsSpec> = record(
  { ...optionShape(TLS_FIELDS, withoutDelays), version },
  `${Object.keys(TLS_WORDS).join(", ")}, or a record`,
  TLS_SUMMARY,
).transform((given, context): TlsSpec => {
  const spec = given as unknown as TlsSpec;
  if (!spec.earlyData || (spec.resumed && spec.version === "1.3")) return spec;
  const message = "`false`, or version 1.3 with `resumed: true`";
  context.addIssue({ code: "custom", path: ["earlyData"], message });
  return z.NEVER;
});

const webSocketRecord: z.ZodType<WebSocketSpec> = record(
  optionShape(WEB_SOCKET_FIELDS, withoutDelays),
  "`true`, `false`, or a record",
  WEB_SOCKET_SUMMARY,
) as unknown as z.ZodType<WebSocketSpec>;

const WEB_SOCKET_DEFAULTS: WebSocketSpec = webSocketRecord.parse({});

const webSocketWord: z.ZodType<WebSocketSpec | "none"> = scalar(
  readBoolean,
  [{ type: "boolean" }],
  WEB_SOCKET_SUMMARY,
).transform((wanted) => (wanted ? WEB_SOCKET_DEFAULTS : "none"));

/** A word or a record: which of the two depends on the value. */
function wordOr<Spec>(word: z.ZodType<Spec | "none">, whole: z.ZodType<Spec>): z.ZodType<Spec | "none"> {
  const schema = z.unknown().transform((value, context): Spec | "none" => {
    const isRecord = value !== null && typeof value === "object" && !Array.isArray(value);
    const result = (isRecord ? whole : word).safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
  return published(schema, z.union([word, whole]));
}

/** The fields of a TCP transport. */
export const LAYER_SHAPE: { readonly tls: z.ZodType; readonly webSocket: z.ZodType } = {
  tls: wordOr(tlsWord, tlsRecord).optional(),
  webSocket: wordOr(webSocketWord, webSocketRecord).optional(),
};
