// The real server, for scenarios: the one that all share, and others that may be killed.

import { spawn } from "node:child_process";

/**
 * @returns {number} the port of the server that tests/max_for_live/conftest.py started
 */
export function sharedPort() {
  const port = Number(process.env.LIVE_TEST_PORT);
  if (!(port > 0)) throw new Error("pytest tests/max_for_live starts the server; run it by that");
  return port;
}

/**
 * Start a server of one's own.
 * @param {object} [settings]
 * @param {number} [settings.port] 0 for any that is free
 * @param {string} [settings.folder] where its history is; that of the shared server where not given
 * @returns {Promise<{port: number, kill: () => Promise<void>, stop: () => Promise<void>}>} `kill`
 *   as a power cut would, `stop` as reprise stop does
 */
export async function startServer({ port = 0, folder } = {}) {
  const command = JSON.parse(process.env.LIVE_TEST_SERVE ?? "[]");
  const flags = ["--port", String(port), "--beside", "--attended", "--json"];
  const [program, ...words] = [...command, ...flags];
  const env = {
    ...process.env,
    ...(folder === undefined ? {} : { REPRISE_DATA_DIRECTORY: folder }),
  };
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"], env });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  const listensOn = await new Promise((resolve, reject) => {
    child.stdout.on("data", (bytes) => {
      said += bytes;
      const found = /"port": (\d+)\}\n/.exec(said);
      if (found) resolve(Number(found[1]));
    });
    child.once("exit", () => reject(new Error(`the server did not start: ${said}`)));
  });
  return {
    port: listensOn,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
