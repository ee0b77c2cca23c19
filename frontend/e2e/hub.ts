import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const given = new Set<number>();

/** A port that was free a moment ago, and that nobody else was given: who was may not have taken it yet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/** What the program prints on its first start. */
export interface Links {
  code: string;
  desk: string;
  projector: string;
}

/** Where a wall is found: one hub, or several behind a proxy. */
export interface Place {
  readonly origin: string;
  readonly links: Links;
}

/** Who is at a hub. */
export interface Counts {
  phones: number;
  projectors: number;
  desks: number;
}

/** The real program on a data folder of its own, that can be killed and started again. */
export class Hub implements Place {
  readonly data = mkdtempSync(join(tmpdir(), "wall-data-"));
  port = 0;
  links: Links = { code: "", desk: "", projector: "" };
  output = "";
  #process: ChildProcess | undefined;

  /** A hub with others behind a proxy is found there, and told so in its environment. */
  constructor(
    readonly front = "",
    readonly env: Record<string, string> = {},
  ) {}

  get origin(): string {
    return this.front || this.direct;
  }

  /** The hub itself, past any proxy. */
  get direct(): string {
    return `http://localhost:${this.port}`;
  }

  async start(): Promise<this> {
    this.port ||= await freePort();
    const args = ["--listen", `127.0.0.1:${this.port}`, "--data", this.data, "--public-url", this.origin];
    const env = { ...process.env, ...this.env };
    const child = spawn(process.env["WALL_BIN"]!, args, { stdio: ["ignore", "ignore", "pipe"], env });
    this.#process = child;
    child.stderr!.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the hub ended: ${this.output}`);
      const ready = await fetch(`${this.direct}/readyz`).then(
        (r) => r.ok,
        () => false,
      );
      if (ready) break;
      await new Promise((done) => setTimeout(done, 20));
    }
    const find = (pattern: RegExp): string => this.output.match(pattern)?.[1] ?? "";
    if (!this.links.code) {
      this.links = {
        desk: find(/(https?:\/\/\S+\/desk#\S+)/),
        projector: find(/(https?:\/\/\S+\/projector#\S+)/),
        code: find(/\/(\d{6})\/projector/),
      };
      if (!this.links.code || !this.links.desk) throw new Error(`no links in: ${this.output}`);
    }
    return this;
  }

  /** Lets bots replay a recording on a wall of their own, which stays. */
  async rehearse(...args: string[]): Promise<Links> {
    const all = ["rehearse", "--keep", "--speed", "max", "--data", this.data, ...args, this.origin];
    const child = spawn(process.env["WALL_BIN"]!, all, { stdio: ["ignore", "ignore", "pipe"] });
    let output = "";
    child.stderr!.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const status = await new Promise((done) => child.once("exit", done));
    const find = (pattern: RegExp): string => output.match(pattern)?.[1] ?? "";
    const desk = find(/(http:\/\/\S+\/desk#\S+)/);
    if (status !== 0 || !desk) throw new Error(`the rehearsal failed: ${output}`);
    return { desk, projector: find(/(http:\/\/\S+\/projector#\S+)/), code: find(/\/(\d+)\/projector/) };
  }

  async counts(): Promise<Counts> {
    const { phones, projectors, desks } = (await (await fetch(`${this.direct}/healthz`)).json()) as Counts;
    return { phones, projectors, desks };
  }

  /** Ends the program as a power cut would: no goodbye. */
  async kill(): Promise<void> {
    const child = this.#process!;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    if (this.#process && this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}
