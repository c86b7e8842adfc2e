import { encodeGlobalId } from "../../src/global-id.ts";
import type { newWorkspace } from "../support/workspace.ts";

type Workspace = Awaited<ReturnType<typeof newWorkspace>>;

/** Changes of one workspace, each by an operation; `choices` decide on what is changed and how. Refusals are none of its business. */
export function changesOf({ query, newMember, ctx, caller }: Workspace) {
  const { db } = ctx;
  const where = { workspaceId: caller.workspaceId };
  const run = (field: string, type: string, selection: string) => (input: object) =>
    query(`mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`, { input });
  const pick = <T>(all: T[], choice: number) => all[choice % all.length];
  const conversation = async (choice: number) => {
    const found = pick(await db.conversation.findMany({ where, select: { id: true } }), choice);
    return found && encodeGlobalId("Conversation", found.id);
  };
  const message = async (choice: number) => {
    const found = pick(await db.message.findMany({ where, select: { id: true } }), choice);
    return found && encodeGlobalId("Message", found.id);
  };
  const open = run("getOrCreateConversation", "GetOrCreateConversationInput", "conversation { id }");
  const sub = run("createSubConversation", "CreateSubConversationInput", "conversation { id }");
  const update = run("updateConversation", "UpdateConversationInput", "conversation { id }");
  const remove = run("deleteConversation", "DeleteConversationInput", "deletedId");
  const send = run("sendMessage", "SendMessageInput", "message { id }");
  const edit = run("updateMessage", "UpdateMessageInput", "message { id }");
  const redact = run("deleteMessage", "DeleteMessageInput", "message { id }");
  const read = run("markRead", "MarkReadInput", "participant { id }");
  const join = run("addParticipants", "AddParticipantsInput", "added { id }");
  const leave = run("removeParticipant", "RemoveParticipantInput", "removed");
  let member: Promise<string> | undefined;
  const colleague = () => {
    member ??= newMember().then(({ id }) => encodeGlobalId("Member", id));
    return member;
  };
  const changes: ((a: number, b: number) => Promise<unknown>)[] = [
    (a, b) =>
      open({ customer: { externalId: `c${a % 4}`, name: `Name ${b % 3}` }, channelIdentifier: "a.example.com" }),
    async (a, b) =>
      sub({ parentId: await conversation(a), name: `Sub ${b}`, channelIdentifier: `s${b % 2}.example.com` }),
    async (a, b) => update({ id: await conversation(a), name: `Renamed ${b % 5}` }),
    async (a, b) => update({ id: await conversation(a), metadata: { [`k${b % 3}`]: b } }),
    async (a, b) => update({ id: await conversation(a), parentId: b % 3 ? await conversation(b) : null }),
    async (a, b) => send({ conversationId: await conversation(a), text: `Hello ${b}` }),
    async (a, b) => send({ conversationId: await conversation(a), text: `Note ${b}`, visibility: "INTERNAL" }),
    async (a, b) =>
      send({
        conversationId: await conversation(a),
        text: "Hi",
        sender: "CUSTOMER",
        customer: { externalId: `c${b % 6}` },
      }),
    async (a, b) => edit({ id: await message(a), text: `Edited ${b}`, metadata: { b } }),
    async (a) => redact({ id: await message(a) }),
    async (a) => read({ conversationId: await conversation(a) }),
    async (a) => join({ conversationId: await conversation(a), memberIds: [await colleague()] }),
    async (a) => leave({ conversationId: await conversation(a), memberId: await colleague() }),
    async (a) => remove({ id: await conversation(a), cascade: true }),
  ];
  return {
    change: (choice: number, a: number, b: number) => (changes[choice % changes.length] as (typeof changes)[0])(a, b),
    /** One of everything, each of them with a difference; `after` is called after each. */
    async everything(after: () => Promise<unknown>) {
      const must =
        <Input>(change: (input: Input) => ReturnType<typeof query>) =>
        async (input: Input) => {
          const { data, errors } = await change(input);
          if (errors) throw new Error(JSON.stringify([input, errors]));
          await after();
          return data;
        };
      const customer = { externalId: "everything", name: "Before" };
      const opened = await must(open)({ customer, channelIdentifier: "a.example.com" });
      const parentId = opened.getOrCreateConversation.conversation.id;
      const child = (await must(sub)({ parentId, type: "GROUP", name: "Sub" })).createSubConversation.conversation.id;
      await must(open)({ customer: { ...customer, name: "After" } });
      await must(update)({ id: child, name: "Renamed", metadata: { a: 1 } });
      await must(update)({ id: child, parentId: null });
      await must(join)({ conversationId: child, memberIds: [await colleague()] });
      await must(leave)({ conversationId: child, memberId: await colleague() });
      await must(send)({ conversationId: child, text: "One", sender: "CUSTOMER", customer });
      await must(read)({ conversationId: child });
      const said = async (text: string) => (await must(send)({ conversationId: child, text })).sendMessage.message.id;
      await must(edit)({ id: await said("Two"), text: "Three" });
      await must(redact)({ id: await said("Four") });
      const doomed = (await must(sub)({ parentId: child })).createSubConversation.conversation.id;
      await must(remove)({ id: doomed });
      const { id } = await db.customer.create({ data: where });
      await after();
      await db.participant.create({
        data: { ...where, conversationId: child.slice("conversation_".length), customerId: id },
      });
      await after();
      await db.customer.delete({ where: { workspaceId_id: { ...where, id } } });
      await after();
    },
  };
}
