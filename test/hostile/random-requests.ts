import fc from "fast-check";
import { tour } from "../../src/graphiql/tour.ts";

const vocabulary =
  '{ } ( ) [ ] : , $ @ ! = | & ... # " """ \\ \\u0000 \\u{110000} on fragment query mutation subscription extend schema F Query Conversation Node id first last after filter input node nodes conversations viewer permissions children metadata name __typename __schema __type types fields @skip @include if true false null 0 -1 1e9 99999999999 1.5 "x" $v \ud800 🎉 \ufeff'.split(
    " ",
  );
const soup = fc.array(fc.constantFrom(...vocabulary), { maxLength: 60 }).map((words) => words.join(" "));

/** A sound document of which a part is cut out, doubled, or replaced. */
const damaged = fc
  .tuple(
    fc.constantFrom(...tour.map(({ query }) => query)),
    fc.nat(),
    fc.nat(80),
    fc.oneof(soup, fc.constant(""), fc.string({ maxLength: 20 })),
  )
  .map(([text, at, length, instead]) => {
    const start = at % text.length;
    return text.slice(0, start) + instead + text.slice(instead ? start + length : start);
  });

/** The text of a document, sound or not. */
export const document = fc.oneof(soup, damaged, fc.string({ unit: "binary", maxLength: 200 }));
/** The body of a request, sound or not. */
export const request = fc.record(
  { query: document, variables: fc.jsonValue(), operationName: fc.jsonValue(), extensions: fc.jsonValue() },
  { requiredKeys: [] },
);
