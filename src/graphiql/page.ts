import { type AssetName, loadAssets } from "./assets.ts";
import { favicon, logo } from "./logo.ts";
import { examples, remembered } from "./tour.ts";

/** Allows nothing from other origins, and no script in the page itself. Inline styles are for the themes of Monaco, GraphiQL's editor. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** GraphiQL with the examples in its tabs, and the API key, if given, in the headers of each. */
export async function renderPage(apiKey = ""): Promise<string> {
  const assets = await loadAssets();
  const path = (name: AssetName) => assets[name].path;
  const headers = JSON.stringify({ "x-api-key": apiKey }, null, 2);
  const settings = {
    remembered,
    workers: {
      editorWorkerService: path("editorWorkerService"),
      json: path("json"),
      graphql: path("graphql"),
    },
    options: {
      title: "Parley",
      logo,
      headers,
      // Without this, an old key would come back with the stored tabs.
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: apiKey ? "variables" : "headers",
      defaultTabs: examples.map(({ query, variables }) => ({
        query,
        headers,
        variables: JSON.stringify(variables, null, 2),
      })),
    },
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Parley</title>
    <link rel="icon" href="${favicon}">
    <link rel="stylesheet" href="${path("css")}">
    <script type="application/json" id="settings">${JSON.stringify(settings).replaceAll("<", "\\u003c")}</script>
    <script defer src="${path("app")}"></script>
    <script defer src="${path("start")}"></script>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`;
}
