import { isIP } from "node:net";

const validHostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** As browsers take them, of the whole and of the name in it: international names cost more than they are long. */
const maxAddress = 2_048;
const maxHostname = 253;

// Scheme, host, port, and what follows. Parsing as a URL alone would repair what is no address, such as a host in two lines.
const website = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^\s\p{Cc}%\\/?#:@]+)(:\d+)?(?:[/?#].*)?$/iu;

/** What ends a host in a URL, or would be decoded in it. */
const delimiter = /[\s\p{Cc}%\\/?#:@]/u;

/** The hostname in an address as people write it (`https://Shop.example.com:8080/cart` → `shop.example.com`), or undefined. */
export function hostnameOf(address: string): string | undefined {
  if (address.length > maxAddress) return undefined;
  const [, written, port = ""] = website.exec(address.trim()) ?? [];
  return written && URL.canParse(`https://example.com${port}`) ? asciiHostname(written) : undefined;
}

/** A hostname in lower case, its international labels as A-labels, or undefined when it is none. */
export function asciiHostname(written: string): string | undefined {
  if (written.length > maxHostname || delimiter.test(written) || !URL.canParse(`https://${written}`)) return undefined;
  const host = new URL(`https://${written}`).hostname.replace(/\.$/, "");
  return validHostname.test(host) && isIP(host) === 0 ? host : undefined;
}
