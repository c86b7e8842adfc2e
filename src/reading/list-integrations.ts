import { orderById } from "./order.ts";
import { workspaceList } from "./workspace-list.ts";

/** The workspace's integrations, oldest first. */
export const listIntegrations = workspaceList("Integration", () => ({ order: orderById("integrations", "ASC") }));
