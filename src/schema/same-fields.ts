import type { z } from "zod";

/** The type of Pothos has a field that its Relay plugin leaves out here. */
type OwnField<Given> = Exclude<keyof Given, "clientMutationId">;

/** `unknown` if both have the same fields. Otherwise a type that no input has; it names the fields that only one of the two has. */
type SameFields<Given, Ruled> = [OwnField<Given>] extends [keyof Ruled]
  ? [keyof Ruled] extends [OwnField<Given>]
    ? unknown
    : { onlyTheRulesHave: Exclude<keyof Ruled, OwnField<Given>> }
  : { onlyTheSchemaHas: Exclude<OwnField<Given>, keyof Ruled> };

/** The input of a mutation for an operation with these rules. It does not compile if one of the two has a field that the other lacks. */
export function sameFields<Rules extends z.ZodType, Given extends z.input<Rules>>(
  _rules: Rules,
  input: Given & SameFields<Given, z.input<Rules>>,
): Given {
  return input;
}
