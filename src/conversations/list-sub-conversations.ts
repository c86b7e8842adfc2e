import type { Conversation } from "../../prisma/generated/client/client.ts";
import { children } from "../reading/conversation-fields.ts";
import { loaders } from "../reading/loaders.ts";
import { type CountedPage, defaultPageSize, type PageArgs } from "../reading/page.ts";
import { needsRead, type RootReader } from "../reading/reader.ts";
import { recordSql, uuidSql } from "../reading/to-one.ts";
import { notFound } from "../rules/not-found.ts";
import { idOf, parse } from "../rules/parse.ts";

type Args = PageArgs & { parentId: unknown };

/** The direct children of the conversation with this id, newest first, or NOT_FOUND. */
export const listSubConversations: RootReader<Args, CountedPage<Conversation>> = needsRead({
  async resolve(_root, args, context) {
    const parent = await loaders.Conversation(context).load(parentOf(args));
    if (!parent) throw notFound("CONVERSATION", "parentId");
    return children.resolve(parent, withUsualSize(args), context);
  },
  // Without such a parent it is NULL, and the resolver says so.
  sql(field) {
    const id = field.read(parentOf);
    return recordSql(field, "Conversation", {
      value: id.part(uuidSql),
      id,
      text: (row) => children.sql(field.on(row, withUsualSize)),
    });
  },
});

const parentOf = ({ parentId }: Args) => parse(idOf("Conversation"), parentId, "parentId");

/** This is a list of Query, so a page without a size has more rows than in a list of a record. */
function withUsualSize<Args extends PageArgs>(args: Args): Args {
  return (args.first ?? args.last) == null ? { ...args, first: defaultPageSize } : args;
}
