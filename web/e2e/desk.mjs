// A supervisor at the desk's pages.
export class Desk {
  constructor(page, place) {
    this.page = page;
    this.place = place;
  }

  go(path) { return this.page.goto(this.place.url + path); }

  async signIn() {
    await this.go("/sign-in");
    await this.page.locator("#name").fill(this.place.who);
    await this.page.locator("#secret").fill(this.place.secret);
    await this.page.locator("form[action='/sign-in'] .primary").click();
    await this.page.locator("ul.numbers").waitFor();
  }

  // persons is the count of persons in all, as the page of counts says it.
  async persons() {
    await this.go("/counts");
    return Number(await this.page.locator("tr.total td.num").nth(2).innerText());
  }
}
