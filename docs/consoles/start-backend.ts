import { createBackend } from "./backend.ts";

// For a console on one's own machine: whoever reaches the port acts with the one key. With colleagues, let `keyOf` look up the
// session, give each member a key, and name the console's `hosts`.
const { PARLEY_URL = "http://127.0.0.1:4000/graphql", PARLEY_KEY, PORT = "5173", FILES = "dist" } = process.env;
const backend = createBackend({ gateway: PARLEY_URL, keyOf: () => PARLEY_KEY, files: FILES });
backend.listen(Number(PORT), "127.0.0.1", () => {
  const address = backend.address();
  if (typeof address === "object") console.log(`The console is at http://127.0.0.1:${address?.port}`);
});
