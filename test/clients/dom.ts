import { JSDOM } from "jsdom";

// React looks for a browser when it is loaded: import this first.
const { window } = new JSDOM("<!doctype html><body></body>", { url: "http://localhost/" });
Object.assign(globalThis, { window, document: window.document, navigator: window.navigator });
