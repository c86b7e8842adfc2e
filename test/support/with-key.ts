/** `fetch` that sends this API key. */
export function withKey(key: string): typeof fetch {
  return (url, init) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), "x-api-key": key } });
}
