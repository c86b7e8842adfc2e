import { builder } from "./builder.ts";
import "./channel.ts";
import "./conversation.ts";
import "./customer.ts";
import "./customer-mutations.ts";
import "./delete-conversation-mutation.ts";
import "./event.ts";
import "./event-queries.ts";
import "./event-subscription.ts";
import "./federation.ts";
import "./integration.ts";
import "./member.ts";
import "./message.ts";
import "./message-mutations.ts";
import "./conversation-mutations.ts";
import "./participant.ts";
import "./participant-mutations.ts";
import "./queries.ts";
import "./send-message-mutation.ts";
import "./workspace.ts";

/** The schema that clients see. A test prints it to schema.graphql. */
export const schema = builder.toSchema();
