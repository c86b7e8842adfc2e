import type { z } from "zod";

/** Pothos types a field that its Relay plugin leaves out here. */
type OwnField<Given> = Exclude<keyof Given, "clientMutationId">;

/** Nothing more where the two have the same fields; otherwise a type that no input is of, naming the fields that only one has. */
type SameFields<Given, Ruled> = [OwnField<Given>] extends [keyof Ruled]
  ? [keyof Ruled] extends [OwnField<Given>]
    ? unknown
    : { onlyTheRulesHave: Exclude<keyof Ruled, OwnField<Given>> }
  : { onlyTheSchemaHas: Exclude<OwnField<Given>, keyof Ruled> };

/** The input of a mutation for an operation with these rules. Does not compile where one of the two has a field that the other lacks. */
export function sameFields<Rules extends z.ZodType, Given extends z.input<Rules>>(
  _rules: Rules,
  input: Given & SameFields<Given, z.input<Rules>>,
): Given {
  return input;
}
