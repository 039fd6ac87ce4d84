// Plays the tablet's script in Chromium against a host of a few lines, under
// the real policy: what is sent, what is kept, what is covered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { launch, writeGallery } from "./browser.mjs";

const dir = writeGallery();
const part = (name) => readFileSync(path.join(dir, "parts", name));
const policy = part("policy.txt").toString();
const sent = [];
let gone = false; // the host answers nothing
const server = http.createServer((request, response) => {
  const answer = (type, body) => { response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": policy, "Cache-Control": "no-store" }); response.end(body); };
  if (request.method === "GET") {
    if (request.url === "/") return answer("text/html; charset=utf-8", part("shell.html"));
    const type = { ".css": "text/css", ".js": "text/javascript", ".woff2": "font/woff2" }[path.extname(request.url)];
    return answer(type, readFileSync(path.join(dir, request.url)));
  }
  let text = "";
  request.on("data", (chunk) => { text += chunk; });
  request.on("end", () => {
    if (gone) return response.destroy();
    sent.push({ path: request.url, body: JSON.parse(text), key: request.headers.authorization, cookie: request.headers.cookie });
    const page = { "/save": "saved", "/cover": "cover", "/uncover": "notice", "/tonight": "home", "/start": "home" }[request.url.replace("/record/r1", "")] || "asked";
    answer("text/html; charset=utf-8", part(page + ".html"));
  });
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const complaints = [];
page.on("console", (m) => { if (/policy|Trusted/i.test(m.text())) complaints.push(m.text()); });
page.on("pageerror", (e) => complaints.push(String(e)));
const last = (p) => sent.filter((s) => s.path === p).at(-1);
const saves = () => sent.filter((s) => s.path === "/record/r1/save");
const until = async (what, test) => { for (let i = 0; i < 100; i++) { if (await test()) return; await page.waitForTimeout(50); } throw new Error("waited in vain: " + what); };

await page.goto(`http://127.0.0.1:${server.address().port}/#t=key-of-this-start`);
await page.getByRole("heading", { name: "Tonight" }).waitFor();
assert.equal(new URL(page.url()).hash, "", "the key is out of the address");
assert.equal(last("/start").key, "Bearer key-of-this-start");

await page.getByRole("button", { name: /Sok Chanthy/ }).first().click();
await page.getByRole("heading", { name: "Work" }).waitFor();
assert.ok(!page.url().includes("r1"), "no record in the address");

// Typing is kept, and only what was touched is sent.
await page.locator("#i-wrk_hours_day").fill("17");
await until("a save", () => saves().length > 0);
assert.deepEqual(saves()[0].body, { basis: "b1", page: "rec", answers: { wrk_hours_day: { state: "answered", value: "17" } } });
await page.getByText("kept 21:40").waitFor();
assert.equal(await page.locator("#basis").inputValue(), "b2", "the next save names the new basis");
assert.equal(await page.locator("#i-wrk_hours_day").inputValue(), "17");
assert.equal(await page.locator("#q-new_one").count(), 1, "a new question appears");
assert.equal(await page.locator("#q-rec_job_same").count(), 0, "one that no longer applies goes");

// Each kind has its canonical text.
const value = async (item, act) => { const before = saves().length; await act(); await until(item, () => saves().slice(before).some((s) => item in s.body.answers)); await page.waitForTimeout(450); return saves().filter((s) => item in s.body.answers).at(-1).body.answers[item]; };
const multi = page.locator("#q-ctl_threats");
assert.deepEqual(await value("ctl_threats", () => multi.locator("[value=police]").check()), { state: "answered", value: "family,police" });
assert.deepEqual(await value("ctl_threats", () => multi.locator("[value=none]").check()), { state: "answered", value: "none" });
assert.deepEqual(await value("ctl_threats", () => multi.locator("[data-state=refused]").check()), { state: "refused" });
assert.deepEqual(await value("wrk_from", async () => { await page.locator("#m-wrk_from").selectOption("11"); await page.locator("#d-wrk_from").fill("7"); }), { state: "answered", value: "2019-11-07~" });
assert.deepEqual(await value("wrk_pay", () => page.locator("#y-wrk_pay").fill("9,500")), { state: "answered", value: "9500 THB month" });
assert.deepEqual(await value("idn_home[1].village", () => page.locator("#i-idn_home-1--village").fill("ភូមិថ្មី")), { state: "answered", value: "=ភូមិថ្មី" });
assert.deepEqual(await value("wrk_hours_day", () => page.locator("#i-wrk_hours_day").fill("")), { state: "skipped" });

// A second tap clears a choice; on a page drawn anew the first tap counts.
const asks = "tri_distress", code = "yes";
const choice = page.locator(`#q-${asks} input[value=${code}]`);
assert.deepEqual(await value(asks, () => choice.click()), { state: "answered", value: code });
assert.deepEqual(await value(asks, () => choice.click()), { state: "skipped" });
assert.deepEqual(await value(asks, () => choice.click()), { state: "answered", value: code });
await page.locator(".actions .primary").click();
await page.locator("#basis[value=b1]").waitFor({ state: "attached" }); // drawn as at the start
assert.deepEqual(await value(asks, () => choice.click()), { state: "answered", value: code });

// When the host is gone the text stays, the page says so, and it is sent later.
gone = true;
await page.locator("#i-idn_name").fill("Sok Chanthy");
await page.getByText("Not kept yet").waitFor();
await page.getByText("does not answer").waitFor();
assert.equal(await page.locator("#i-idn_name").inputValue(), "Sok Chanthy");
gone = false;
await until("the second try", () => saves().at(-1).body.answers.idn_name?.value === "Sok Chanthy");

// Cover empties the page, and the PIN brings it back.
await page.keyboard.press("Escape");
await page.locator("#pin").waitFor();
assert.ok(!(await page.content()).includes("Sok Chanthy"), "nothing is left under the cover");
await page.locator("#pin").fill("1234");
await page.keyboard.press("Enter");
await page.getByRole("heading", { name: "Work" }).waitFor();
assert.equal(last("/uncover").body.pin, "1234");

// Back leads home, and nothing was stored.
await page.goBack();
await page.getByRole("heading", { name: "Tonight" }).waitFor();
assert.deepEqual(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]), ["", 0, 0]);
assert.ok(sent.every((s) => s.cookie === undefined && s.key === "Bearer key-of-this-start"));
assert.deepEqual(complaints, [], "the policy had nothing to refuse");

await browser.close();
server.close();
console.log(`script: ${sent.length} posts, all as promised`);
