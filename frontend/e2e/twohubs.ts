import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort, Hub, type Links, type Place } from "./hub";

const docker = resolve(import.meta.dirname, "../../docker");
const PASSWORD = "for the tests alone";

/** Two hubs on one Redis behind a proxy with TLS, from the very files of docker/: compose.scale.yaml without containers. */
export class TwoHubs implements Place {
  readonly #dir = mkdtempSync(join(tmpdir(), "wall-two-"));
  readonly #children: ChildProcess[] = [];
  #said = "";
  #proxy!: ChildProcess;
  #redis!: ChildProcess;
  #env: Record<string, string> = {};
  #ports = { redis: 0, secure: 0, plain: 0 };
  hubs!: [Hub, Hub];
  origin = "";

  get links(): Links {
    return this.hubs[0].links;
  }

  async start(): Promise<this> {
    this.#ports = { redis: await freePort(), secure: await freePort(), plain: await freePort() };
    this.origin = `https://localhost:${this.#ports.secure}`;
    this.#startRedis();
    const env = (this.#env = {
      WALL_REDIS: `redis://127.0.0.1:${this.#ports.redis}`,
      WALL_REDIS_USERNAME: "wall",
      WALL_REDIS_PASSWORD: PASSWORD,
      WALL_TRUSTED_PROXY: "127.0.0.1",
    });
    this.hubs = [await new Hub(this.origin, env).start(), await new Hub(this.origin, env).start()];
    await this.#startProxy();
    return this;
  }

  #spawn(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    const hear = (what: Buffer | Error): void => void (this.#said += `${command}: ${what.toString()}\n`);
    child.once("error", hear);
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.#children.push(child);
    return child;
  }

  async #until(what: string, is: () => boolean): Promise<void> {
    for (const late = Date.now() + 30_000; !is();) {
      if (Date.now() > late) throw new Error(`still not: ${what}\n${this.#said}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  #startRedis(): void {
    const data = join(this.#dir, "redis");
    const secret = join(this.#dir, "redis_password");
    mkdirSync(data, { recursive: true });
    writeFileSync(secret, PASSWORD, { mode: 0o600 });
    const at = ["--port", `${this.#ports.redis}`, "--bind", "127.0.0.1"];
    this.#redis = this.#spawn(join(docker, "redis/start"), at, { REDIS_DATA: data, REDIS_PASSWORD_FILE: secret });
  }

  /** Redis loses all that it has: it is killed, and starts again with nothing. */
  async flush(): Promise<void> {
    await this.#end(this.#redis, "SIGKILL");
    rmSync(join(this.#dir, "redis"), { recursive: true });
    this.#startRedis();
  }

  /** Has the program export the walls to a file, with their keys, or import them from it. */
  carry(which: "export" | "import"): void {
    const file = join(this.#dir, "backup.jsonl");
    const args = which === "export" ? ["export", "--keys", "--out", file] : ["import", file];
    execFileSync(process.env["WALL_BIN"]!, args, { cwd: this.#dir, env: { ...process.env, ...this.#env }, stdio: "pipe" });
  }

  async #startProxy(): Promise<void> {
    const [crt, key] = [join(this.#dir, "wall.crt"), join(this.#dir, "wall.key")];
    const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
    execFileSync("openssl", [...kind, "-subj", "/CN=localhost", "-keyout", key, "-out", crt], { stdio: "ignore" });
    this.#configure();
    const PATH = `${process.env["PATH"]}:/usr/sbin`;
    this.#proxy = this.#spawn(
      "nginx",
      ["-e", "stderr", "-p", this.#dir, "-c", join(this.#dir, "nginx.conf"), "-g", "daemon off;"],
      { PATH },
    );
    await this.#until("the proxy answers", () => this.#workers().length > 0);
  }

  /** Writes the proxy's configuration: docker/'s own, with this test's ports, and without hubs that are to get nobody new. */
  #configure(down: Hub[] = []): void {
    let conf = readFileSync(join(docker, "proxy/nginx.conf"), "utf8");
    const put = (from: string, to: string): void => {
      if (!conf.includes(from)) throw new Error(`${from} is not in nginx.conf`);
      conf = conf.replaceAll(from, to);
    };
    put("/run/nginx/", `${this.#dir}/`);
    put("/etc/nginx/tls/", `${this.#dir}/`);
    put("listen 8080;", `listen 127.0.0.1:${this.#ports.plain};`);
    put("listen 8443 ssl ", `listen 127.0.0.1:${this.#ports.secure} ssl `);
    put("worker_processes auto;", "worker_processes 1;");
    put("worker_connections 32768;", "worker_connections 512;");
    this.hubs.forEach((hub, i) =>
      put(`server wall-${i + 1}:8080 `, `server 127.0.0.1:${hub.port} ${down.includes(hub) ? "down " : ""}`),
    );
    writeFileSync(join(this.#dir, "nginx.conf"), conf);
  }

  /** The proxy's workers that take new connections. */
  #workers(): string[] {
    const pid = this.#proxy.pid!;
    const read = (name: string): string => {
      try {
        return readFileSync(name, "utf8");
      } catch {
        return ""; // it has ended
      }
    };
    const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
    return children.filter((c) => /worker process\0*$/.test(read(`/proc/${c}/cmdline`).trim()));
  }

  /** Sends whoever comes from now on to one hub, or to any; who is connected stays. */
  async steer(to?: Hub): Promise<void> {
    const before = this.#workers();
    this.#configure(to ? this.hubs.filter((hub) => hub !== to) : []);
    this.#proxy.kill("SIGHUP");
    await this.#until("the proxy has read its configuration", () => {
      const now = this.#workers();
      return now.length > 0 && now.every((w) => !before.includes(w));
    });
  }

  async #end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    for (const hub of this.hubs ?? []) await hub.stop();
    for (const child of this.#children.reverse()) await this.#end(child, child === this.#proxy ? "SIGTERM" : "SIGKILL");
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
