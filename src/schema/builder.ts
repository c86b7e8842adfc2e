import SchemaBuilder from "@pothos/core";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLSafeInt } from "graphql-scalars";
import type * as models from "../../prisma/generated/client/client.ts";
import type PrismaTypes from "../../prisma/generated/pothos.ts";
import { getDatamodel } from "../../prisma/generated/pothos.ts";
import type { Context } from "../context.ts";
import { encodeGlobalId } from "../global-id.ts";
import type { CountedPage, Page } from "../reading/page.ts";
import type { Metadata } from "../rules/metadata.ts";
import { relay } from "./relay.ts";
import { dateTime, jsonObject } from "./scalars.ts";

/** The TypeScript types behind the types of the schema. With them, the files of the types can name one another by string. */
interface SchemaTypes {
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSONObject: { Input: Metadata; Output: unknown };
    SafeInt: { Input: number; Output: number };
    _Any: { Input: unknown; Output: unknown };
  };
  Connection: Pick<CountedPage<unknown>, "total">;
  Objects: {
    Workspace: models.Workspace;
    Member: models.Member;
    Integration: models.Integration;
    Customer: models.Customer;
    Channel: models.Channel;
    Conversation: models.Conversation;
    Participant: models.Participant;
    Message: models.Message;
    Event: models.Event;
    ConversationConnection: CountedPage<models.Conversation>;
    CustomerConnection: CountedPage<models.Customer>;
    MemberConnection: CountedPage<models.Member>;
    ChannelConnection: CountedPage<models.Channel>;
    IntegrationConnection: CountedPage<models.Integration>;
    ParticipantConnection: CountedPage<models.Participant>;
    MessageConnection: CountedPage<models.Message>;
    EventConnection: Page<models.Event>;
  };
}

export type ExtendedTypes = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  prisma: { client: (context) => context.db, dmmf: getDatamodel(), onUnusedQuery: null },
  relay: { ...relay, encodeGlobalID: (type, id) => encodeGlobalId(type, String(id)) },
});

builder.addScalarType("DateTime", dateTime);
builder.addScalarType("JSONObject", jsonObject);
builder.addScalarType("SafeInt", GraphQLSafeInt);

builder.queryType({
  description: "The queries. Every field but `viewer` needs the permission `connect360:conversation:read`.",
});
builder.mutationType({
  description: "The operations that write. Each is done completely or not at all.",
});
