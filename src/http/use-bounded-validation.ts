import { NoSchemaIntrospectionCustomRule, validate } from "graphql";
import type { Plugin } from "graphql-yoga";

/** The place of every mistake is found by counting lines from the start of the document. */
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
