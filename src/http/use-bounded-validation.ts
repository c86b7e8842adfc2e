import { NoSchemaIntrospectionCustomRule, validate } from "graphql";
import type { Plugin } from "graphql-yoga";

/** graphql counts lines from the start of the document to find the place of each mistake. */
const maxErrors = 20;

/** Validation that stops after 20 mistakes, and refuses introspection unless it is allowed. */
export function useBoundedValidation(introspection: boolean): Plugin {
  const bounded: typeof validate = (schema, document, rules) => validate(schema, document, rules, { maxErrors });
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      setValidationFn(bounded);
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
}
