import { buildSchema, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from "graphql";

/** A schema of one field, `{ pass(rows: Int) }`, which waits until the gate is opened. `rows` is its price. */
export function gatedSchema(): { schema: GraphQLSchema; waiting: () => number; open: () => void; shut: () => void } {
  const schema = buildSchema("type Query { pass(rows: Int! = 0): Boolean }");
  const field = (schema.getQueryType() as GraphQLObjectType).getFields().pass as GraphQLField<unknown, unknown>;
  let waiting = 0;
  let open = () => {};
  let opened: Promise<void>;
  const shut = () => {
    opened = new Promise<void>((resolve) => {
      open = resolve;
    });
  };
  shut();
  field.extensions = { cost: { rows: ({ rows }: { rows: number }) => rows } };
  field.resolve = async () => {
    waiting++;
    await opened;
    waiting--;
    return true;
  };
  return { schema, waiting: () => waiting, open: () => open(), shut };
}
