import { type GraphQLOutputType, getNamedType, isEnumType, isNonNullType } from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { orNull } from "../reading/json-text.ts";
import { NotCompiled } from "../reading/reader.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** The JSON text of a column, in the form of its GraphQL type. */
const texts: Record<string, (column: Sql) => Sql> = {
  String: (column) => sql`to_json(${column})::text`,
  Int: (column) => sql`${column}::text`,
  SafeInt: (column) => sql`${column}::text`,
  Boolean: (column) => sql`${column}::text`,
  JSONObject: (column) => sql`${column}::text`,
  DateTime: (column) => sql`to_char(${column} AT TIME ZONE 'UTC', '\\"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\\"')`,
};

/** JSON text of a column of this leaf type. */
export function leafText(type: GraphQLOutputType, column: Sql): Sql {
  const named = getNamedType(type);
  // The names of enum values are those of the database.
  const write = isEnumType(named) ? texts.String : texts[named.name];
  if (!write) throw new NotCompiled(`a column of type ${named.name}`);
  return isNonNullType(type) ? write(column) : orNull(write(column));
}
