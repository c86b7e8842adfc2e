import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { newDirectory, runProcess } from "./support/process.ts";

const shells = ["/bin/dash", "/bin/bash", "/bin/zsh"].filter((shell) => existsSync(shell));

describe("npm start", () => {
  test.each(shells)(
    "with %s hands SIGTERM to the gateway, which says so when it begins to stop and when it has",
    { timeout: 180_000 },
    async (shell) => {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, DATA_DIR: await newDirectory(), PORT: "0", npm_config_script_shell: shell };
      const child = spawn("npm", ["start"], { env, detached: true });
      onTestFinished(() => {
        try {
          process.kill(-(child.pid as number), "SIGKILL");
        } catch {
          // Nobody is left.
        }
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text) => {
          output += text;
        });
      // Closes when the last of them has ended, the gateway included.
      const closed = once(child, "close");
      await expect.poll(() => output, { timeout: 150_000, interval: 200 }).toMatch(/answers at/);
      const [origin = ""] = /http:\/\/[^/\s]+/.exec(output) ?? [];
      expect((await fetch(`${origin}/livez`)).status).toBe(200);
      child.kill("SIGTERM");
      await closed;
      expect(output).toMatch(/^SIGTERM: answering what is under way, then stopping\.\nStopped\.$/m);
      await expect(fetch(`${origin}/livez`)).rejects.toThrow();
    },
  );
});

describe("a start that cannot succeed", () => {
  test("because of a taken port ends before it makes or migrates a database", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const directory = await newDirectory();
    const { code, stderr } = await runProcess("src/main.ts", [], { DATA_DIR: `${directory}/data`, PORT: String(port) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Port ${port} on 127.0.0.1 is in use. Stop what uses it, or choose another one with PORT.\n`,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each<Record<string, string>>([{ DATABASE_URL: "" }, { NODE_ENV: "production" }])(
    "never becomes the demo instead: %j",
    async (env) => {
      const directory = await newDirectory();
      const { code, stdout, stderr } = await runProcess("src/main.ts", [], {
        ...env,
        DATA_DIR: `${directory}/data`,
        PORT: "0",
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^Wrong configuration:\n {2}DATABASE_URL must be .* not for production\.\n$/);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  test.each([["/proc/x"], ["/dev/null/x"]])("with DATA_DIR=%s says so in one line", async (directory) => {
    const { code, stdout, stderr } = await runProcess("src/main.ts", [], { DATA_DIR: directory, PORT: "0" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^DATA_DIR must be a directory this user may write to: .*\.\n$/);
  });
});
