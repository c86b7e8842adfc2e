import { lockDirectory } from "../../src/database/embedded/directory-lock.ts";

/** Asks for the lock of a directory at a given moment, prints the result, and stays until its input ends. */
const [directory = "", moment = ""] = process.argv.slice(2);
while (Date.now() < Number(moment)) {}
const lock = await lockDirectory(directory);
console.log("heldBy" in lock ? `refused by ${lock.heldBy};` : `held by ${process.pid};`);
process.stdin.resume();
