import { isIP } from "node:net";

const validHostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** The limits of browsers, for the whole address and for the hostname in it. Converting long international names takes much time. */
const maxAddress = 2_048;
const maxHostname = 253;

// Matches scheme, host, port and the rest. The URL parser alone would repair texts that are no address, such as a host with a line break.
const website = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^\s\p{Cc}%\\/?#:@]+)(:\d+)?(?:[/?#].*)?$/iu;

/** The characters that end the host of a URL, or that the URL parser would decode. */
const delimiter = /[\s\p{Cc}%\\/?#:@]/u;

/** The hostname in an address as people write it (`https://Shop.example.com:8080/cart` → `shop.example.com`), or undefined if it has none. */
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
