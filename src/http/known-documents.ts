import { type DocumentNode, getOperationAST } from "graphql";
import type { GraphQLParams } from "graphql-yoga";
import { LRUCache } from "lru-cache";

// A parsed document takes up to 250 times the memory of its text.
const maxLength = 8 * 1024;
const maxLengths = 256 * 1024;

const expectedParams = new Set(["query", "variables", "operationName", "extensions"]);

/** Parsed documents by their text. They are bounded by length, not by number: a thousand of the longest would fill the memory. */
export class KnownDocuments {
  readonly #valid = new WeakSet<DocumentNode>();
  readonly #documents = new LRUCache<string, DocumentNode>({
    maxSize: maxLengths,
    maxEntrySize: maxLength,
    sizeCalculation: (_, text) => text.length + 1,
  });

  get(text: string): DocumentNode | undefined {
    return this.#documents.get(text);
  }

  set(text: string, document: DocumentNode): void {
    this.#documents.set(text, document);
  }

  has(text: string): boolean {
    return this.#documents.has(text);
  }

  /** Notes that a document has been validated, and has no mistakes. */
  markValid(document: DocumentNode): void {
    this.#valid.add(document);
  }

  /** The valid document of a well-formed request for a query or a mutation. Undefined: Yoga has to check the request. */
  ofParams(params: GraphQLParams): DocumentNode | undefined {
    const { query, operationName, variables, extensions } = params;
    if (typeof query !== "string" || !isObjectOrAbsent(variables) || !isObjectOrAbsent(extensions)) return undefined;
    for (const name in params) if (!expectedParams.has(name)) return undefined;
    const document = this.#documents.get(query);
    if (!document || !this.#valid.has(document)) return undefined;
    const operation = getOperationAST(document, operationName)?.operation;
    return operation === "query" || operation === "mutation" ? document : undefined;
  }
}

function isObjectOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
}
