import { onTestFinished, vi } from "vitest";

/** Until the end of the test, timeouts come only when the test moves the time on, such as by `vi.advanceTimersByTime`. */
export function fakeTimeouts(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}
