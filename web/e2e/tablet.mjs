// Somebody at a tablet: what hands do on the field pages, by real clicks and
// typing. Nothing here reaches around the page.
import assert from "node:assert/strict";

export class Tablet {
  constructor(page, place) {
    this.page = page;
    this.place = place;
    this.typed = 0; // answers
  }

  async open() {
    await this.page.goto(this.place.url);
    await this.page.locator("button.person-pick").first().waitFor();
  }

  async signIn() {
    await this.page.locator("button.person-pick", { hasText: this.place.who }).click();
    await this.page.locator("#secret").fill(this.place.secret);
    await this.page.locator("[data-default]").click();
    await this.page.locator("main[data-here='/tonight'], main[data-here='/inbox'], main.stopped").waitFor();
  }

  // press clicks a button by the end of the path that it asks for.
  async press(path) {
    await this.page.locator(`button[data-act$="${path}"], button[data-open$="${path}"]`).first().click();
  }

  // at waits for a page by the end of its path.
  async at(path) {
    await this.page.locator(`main[data-here$="${path}"]`).waitFor();
  }

  here() { return this.page.locator("main").getAttribute("data-here"); }

  // turn does what leads to another page, and gives its path.
  async turn(act) {
    await this.page.bringToFront(); // a page behind another one draws once a second
    const before = await this.here();
    await act();
    const refused = this.page.locator("#notice [role=alert]");
    await this.page.locator(`main:not([data-here="${before}"])`).or(refused).first().waitFor();
    if (await refused.count()) throw new Error(`at ${before}: ${await refused.innerText()}`);
    return this.here();
  }

  next() { return this.turn(() => this.page.locator(".actions .primary").click()); }

  // goTo opens a page of the form from the rail.
  goTo(page) { return this.turn(() => this.press(`/page/${page}`)); }

  // speak changes the language of the page in one tap.
  async speak(lang) {
    const here = await this.here();
    await this.page.locator(`#lang[value=${lang}]`).click();
    await this.page.locator(`main[lang=${lang}][data-here="${here}"]`).waitFor();
  }

  question(item) { return this.page.locator(`section.q[data-item="${item}"]`); }

  // items lists what the page asks now; answers bring questions and take them away.
  items() { return this.page.locator("section.q").evaluateAll((all) => all.map((q) => q.dataset.item)); }

  // fill answers every question of the page that there is an answer for.
  async fill(answers) {
    const done = new Set();
    for (;;) {
      const item = (await this.items()).find((i) => i in answers && !done.has(i));
      if (item === undefined) return done.size;
      await this.answer(item, answers[item]);
      done.add(item);
    }
  }

  // answer answers one question and waits until the tablet has kept it and the
  // page stands on what was kept.
  async answer(item, value) {
    await this.page.bringToFront();
    const q = this.question(item);
    const kind = await q.getAttribute("data-kind");
    const wanted = kind === "multi" ? value.split(" ").sort().join(",") : value;
    const kept = this.page.waitForResponse((r) => {
      if (!r.url().endsWith("/save")) return false;
      const posted = JSON.parse(r.request().postData()).answers[item];
      return posted && (kind === "place" ? posted.value && !posted.value.startsWith("=") : posted.value === wanted);
    });
    kept.catch(() => {});
    await hands[kind](q, value);
    const answer = await kept;
    assert.equal(answer.status(), 200, `${item} is kept`);
    const basis = /id="basis" name="basis" value="([^"]*)"/.exec(await answer.text())[1];
    await this.page.locator(`#basis[value="${basis}"]`).waitFor({ state: "attached" });
    await q.waitFor(); // what was answered stays in sight
    this.typed++;
  }

  // walk goes through the form page by page from where it stands to the
  // read-back, and gives the pages passed.
  async walk(answers, onPage = async () => {}) {
    const passed = [];
    for (let here = await this.here(); !here.endsWith("/read-back"); here = await this.next()) {
      passed.push(here.split("/").at(-1));
      await onPage(passed.at(-1));
      await this.fill(answers);
    }
    return passed;
  }
}

const leave = (field) => field.press("Tab"); // what is left is kept at once

// hands answer one question of each kind.
const hands = {
  async single(q, code) { await q.locator(`input[value="${code}"]:not([data-state])`).check(); },
  async multi(q, codes) { for (const code of codes.split(" ")) await q.locator(`input[value="${code}"]:not([data-state])`).check(); },
  async text(q, text) { await q.locator("[data-value]").fill(text); await leave(q.locator("[data-value]")); },
  async date(q, year) { await q.locator("[data-part=year]").fill(year); await leave(q.locator("[data-part=year]")); },
  async money(q, text) {
    const [amount, currency, period] = text.split(" ");
    await q.locator("[data-part=currency]").selectOption(currency);
    if (period) await q.locator("[data-part=period]").selectOption(period);
    await q.locator("[data-part=amount]").fill(amount);
    await leave(q.locator("[data-part=amount]"));
  },
  async place(q, name) {
    await q.locator("[data-look]").pressSequentially(name);
    await q.locator("button[data-pick]", { hasText: name }).first().click();
  },
};
hands.int = hands.decimal = hands.long = hands.text;
