// An adb of its own, with no adb server: @yume-chan/adb speaks the transport to the device itself.
// Does one thing after the other with the device at HOST PORT and prints what came of each, as a line of JSON.
import { connect } from "node:net";
import { once } from "node:events";
import { randomBytes, webcrypto } from "node:crypto";
import { Duplex } from "node:stream";
import { Adb, AdbDaemonTransport, AdbPacket, AdbPacketSerializeStream } from "@yume-chan/adb";
import { Consumable, ReadableStream, StructDeserializeStream, WritableStream } from "@yume-chan/stream-extra";

const [host, port] = process.argv.slice(2);
const text = new TextEncoder();

const key = async () => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-1" };
  const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return { buffer: new Uint8Array(await webcrypto.subtle.exportKey("pkcs8", privateKey)), name: "stranger@tests" };
};

const dialled = async (credentialStore) => {
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, "connect");
  const { readable, writable } = Duplex.toWeb(socket);
  const outgoing = new AdbPacketSerializeStream();
  outgoing.readable.pipeTo(new Consumable.WritableStream({ write: (chunk) => written(chunk) })).catch(() => {});
  const writer = writable.getWriter();
  const written = (chunk) => writer.write(chunk);
  const connection = { readable: readable.pipeThrough(new StructDeserializeStream(AdbPacket)), writable: outgoing.writable };
  const transport = await AdbDaemonTransport.authenticate({ serial: `${host}:${port}`, connection, credentialStore });
  return new Adb(transport);
};

const whole = async (stream) => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};

const streamOf = (bytes, piece = 65536) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += piece) controller.enqueue(bytes.subarray(at, at + piece));
      controller.close();
    },
  });

const talked = async (socket, said) => {
  const writer = socket.writable.getWriter();
  await writer.write(text.encode(said));
  const { value } = await socket.readable.getReader().read();
  await socket.close();
  return Buffer.from(value).toString();
};

const things = {
  shell: async (adb) => adb.subprocess.shellProtocol.spawnWaitText("echo hi; complain oh; exit 7"),
  bare: async (adb) => adb.subprocess.noneProtocol.spawnWaitText("echo hi; complain oh"),
  stdin: async (adb) => {
    const process = await adb.subprocess.shellProtocol.spawn("cat");
    const sent = randomBytes(300_000);
    const [back] = await Promise.all([whole(process.stdout), streamOf(sent).pipeTo(process.stdin)]);
    return { same: back.equals(sent), exitCode: await process.exited };
  },
  files: async (adb) => {
    const sync = await adb.sync();
    const sent = randomBytes(5_000_000);
    await sync.write({ filename: "/data/local/tmp/stranger", file: streamOf(sent), permission: 0o644, mtime: 1_600_000_000 });
    const back = await whole(sync.read("/data/local/tmp/stranger"));
    const { size, mtime, mode } = await sync.stat("/data/local/tmp/stranger");
    const names = (await sync.readdir("/data/local/tmp")).map((entry) => entry.name);
    const missing = await sync.stat("/nowhere").catch((error) => error.constructor.name);
    await sync.dispose();
    return { same: back.equals(sent), size: Number(size), mtime: Number(mtime), mode, names, missing };
  },
  readOnly: async (adb) => {
    const sync = await adb.sync();
    return sync.write({ filename: "/system/x", file: streamOf(randomBytes(10)) }).catch((error) => error.message);
  },
  install: async (adb) => {
    const socket = await adb.createSocket("abb_exec:package\0install\0-S\x00200000");
    const [said] = await Promise.all([whole(socket.readable), streamOf(randomBytes(200_000)).pipeTo(socket.writable, { preventClose: true })]);
    return said.toString();
  },
  forward: async (adb) => talked(await adb.createSocket("localabstract:testbed"), "hello"),
  refused: async (adb) => adb.createSocket("tcp:9").then(() => "", (error) => error.constructor.name),
  reverse: async (adb) => {
    const answer = async (socket) => {
      const { value } = await socket.readable.getReader().read();
      await socket.writable.getWriter().write(text.encode(`computer:${Buffer.from(value)}`));
      await socket.close();
    };
    const address = await adb.reverse.add("tcp:0", (socket) => void answer(socket)); // the stream is open once this returns
    const back = await adb.subprocess.noneProtocol.spawnWaitText(`talk ${address} hello`);
    const listed = (await adb.reverse.list()).map((entry) => entry.localName === address);
    await adb.reverse.remove(address);
    return { back, listed, left: (await adb.reverse.list()).length };
  },
};

const kept = await key();
const adb = await dialled({ generateKey: () => kept, iterateKeys: () => [] });
const say = (name, result) => console.log(JSON.stringify([name, result]));
say("banner", { product: adb.banner.product, model: adb.banner.model, device: adb.banner.device });
for (const [name, does] of Object.entries(things)) say(name, await does(adb));
await adb.close();
const again = await dialled({ generateKey: () => { throw new Error("asked again"); }, iterateKeys: () => [kept] });
say("again", await again.subprocess.noneProtocol.spawnWaitText("echo again"));
await again.close();
process.exit(0);
