/** What starts GraphiQL in the browser: the page's workers, its options, and the ids that examples take from earlier answers. */
export const startScript = `
"use strict";
const { workers, options, remembered } = JSON.parse(document.getElementById("settings").textContent);

self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };

const valueOf = (name) => sessionStorage.getItem("parley:" + name);

function remember({ data }) {
  for (const [name, path] of Object.entries(remembered)) {
    const value = path.reduce((node, key) => node?.[key], data);
    if (typeof value === "string") sessionStorage.setItem("parley:" + name, value);
  }
}

const send = window.fetch.bind(window);
window.fetch = async (input, init) => {
  if (typeof init?.body !== "string") return send(input, init);
  const body = init.body.replace(/{{(\\w+)}}/g, (placeholder, name) => valueOf(name) ?? placeholder);
  const response = await send(input, { ...init, body });
  if (/json/.test(response.headers.get("content-type"))) response.clone().json().then(remember, () => {});
  return response;
};

// Otherwise every keystroke goes into the page's address.
const onEditQuery = () => {};
YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), { ...options, onEditQuery });
`;
