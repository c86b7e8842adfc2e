import { attacks, type Tally, type Target } from "./attacks.ts";

// A process of its own for an attack, until it is told to end: then it prints what it heard.

const [name = "", target = "{}"] = process.argv.slice(2);
const { url, ...workspaces } = JSON.parse(target) as Omit<Target, "url"> & { url: string };
const tally: Tally = {};
process.on("SIGTERM", () => {
  console.log(JSON.stringify(tally));
  process.exit(0);
});
console.log("attacking");
await attacks[name]?.({ url: new URL(url), ...workspaces }, tally);
