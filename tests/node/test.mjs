// The checks of tests/node/test_node_client.py, by the official client for Node.js.
// Prints one JSON object; exits non-zero with the failure.
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { createClient } from "@clickhouse/client";

const [url, database] = process.argv.slice(2);
const options = { url, username: "default", password: process.env.STORE_PASSWORD, database };
const rowsOf = async (client, query, more = {}) => (await client.query({ query, format: "JSONEachRow", ...more })).json();

async function readsAndWrites(compression) {
  const client = createClient({ ...options, compression: { request: compression, response: compression } });
  const table = `t_${compression}`;
  await client.command({ query: `CREATE TABLE ${table} (n UInt32, s String) ENGINE = MergeTree ORDER BY n` });
  const values = Array.from({ length: 20000 }, (_, n) => ({ n, s: `row '${n}' \t ü` }));
  await client.insert({ table, values, format: "JSONEachRow" });
  await client.insert({ table, values: Readable.from([{ n: 20000, s: "streamed" }]), format: "JSONEachRow" });
  const [sums] = await rowsOf(client, `SELECT count() AS c, sum(n) AS s FROM ${table}`);
  assert.deepEqual({ c: Number(sums.c), s: Number(sums.s) }, { c: 20001, s: 200010000 });
  const full = await (await client.query({ query: `SELECT n, s FROM ${table} ORDER BY n LIMIT 2`, format: "JSON" })).json();
  assert.deepEqual(full.data, values.slice(0, 2));
  let streamed = 0;
  const stream = (await client.query({ query: `SELECT n FROM ${table}`, format: "JSONEachRow" })).stream();
  for await (const rows of stream) streamed += rows.length;
  assert.equal(streamed, 20001);
  await client.close();
}

async function parametersSettingsAndSessions() {
  const client = createClient({ ...options, session_id: `node ${database}` });
  const query_params = { s: "tab \t quote ' ü", a: [1, 2], n: null };
  const [row] = await rowsOf(client, "SELECT {s:String} AS s, {a:Array(UInt8)} AS a, {n:Nullable(String)} AS n", { query_params });
  assert.deepEqual(row, query_params);
  const [set] = await rowsOf(client, "SELECT getSetting('max_block_size') AS b", { clickhouse_settings: { max_block_size: "77" } });
  assert.equal(Number(set.b), 77);
  await client.command({ query: "CREATE TEMPORARY TABLE mine (n UInt8)" });
  await client.insert({ table: "mine", values: [[1], [2]], format: "JSONCompactEachRow" });
  assert.deepEqual(await rowsOf(client, "SELECT count() = 2 AS ok FROM mine"), [{ ok: 1 }]);
  await client.close();
}

async function errors() {
  const client = createClient(options);
  await assert.rejects(client.query({ query: "SELECT * FROM missing" }), { code: "60", type: "UNKNOWN_TABLE" });
  await assert.rejects(client.query({ query: "SELEC" }), { code: "62" });
  await assert.rejects(createClient({ ...options, password: "guess" }).query({ query: "SELECT 1" }), { code: "516" });
  const late = "SELECT throwIf(number = 2500000) FROM numbers(3000000) SETTINGS max_threads = 1";
  await assert.rejects(async () => {
    const stream = (await client.query({ query: late, format: "JSONEachRow" })).stream();
    for await (const rows of stream) assert.ok(rows.length > 0);
  });
  assert.equal((await client.ping()).success, true);
  await client.close();
}

await readsAndWrites(false);
await readsAndWrites(true);
await parametersSettingsAndSessions();
await errors();
console.log(JSON.stringify({ passed: true }));
