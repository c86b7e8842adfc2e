import { builder } from "./builder.ts";
import "./channel.ts";
import "./conversation.ts";
import "./customer.ts";
import "./federation.ts";
import "./integration.ts";
import "./member.ts";
import "./message.ts";
import "./message-mutations.ts";
import "./mutations.ts";
import "./participant.ts";
import "./participant-mutations.ts";
import "./queries.ts";
import "./send-message-mutation.ts";
import "./workspace.ts";

/** What clients see. Printed to the root's schema.graphql by a test. */
export const schema = builder.toSchema();
