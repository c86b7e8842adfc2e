/** The script that starts GraphiQL in the browser, with the page's workers and options. It puts ids from earlier answers into requests. */
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

// Without this, GraphiQL writes every keystroke into the address of the page.
const onEditQuery = () => {};
YogaGraphiQL.renderYogaGraphiQL(document.getElementById("root"), { ...options, onEditQuery });
`;
