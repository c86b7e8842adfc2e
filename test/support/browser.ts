import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** On CI, a missing browser is a failure. */
export const hasBrowser = existsSync(executablePath) || process.env.CI !== undefined;

const args = [
  ..."no-sandbox disable-gpu disable-quic no-first-run".split(" "),
  ..."disable-background-networking disable-component-update disable-sync".split(" "),
  "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
].map((name) => `--${name}`);

/** Debian's Chromium, which reaches this machine alone. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}

/**
 * A window. `complaints` are its errors: requests to other origins, errors of scripts, and errors in the console. `received` is the number
 * of bytes of the answers that it has received in full.
 */
export async function openWindow(browser: Browser, origin: string) {
  const complaints: string[] = [];
  let bytes = 0;
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:") complaints.push(`asked for ${url}`);
  });
  page.on("requestfinished", async (request) => {
    // If the window was closed meanwhile, the sizes are unknown.
    const sizes = await request.sizes().catch(() => ({ responseBodySize: 0, responseHeadersSize: 0 }));
    bytes += sizes.responseBodySize + sizes.responseHeadersSize;
  });
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  return { page, complaints, received: () => bytes };
}
