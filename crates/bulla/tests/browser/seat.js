// Somebody who sits before the browser and has a keyboard only; and what is looked at on every page that they come to.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// More than any page has to be stepped through.
const STEPS_MAX = 200;

class Seat {
  constructor(page, told, look, faults) {
    Object.assign(this, { page, told, look, faults, view: 'the way in' });
    page.on('console', (message) => message.type() === 'error' && this.wrong('console', message.text()));
    page.on('pageerror', (error) => this.wrong('error', error.message));
    page.on('request', (request) => this.isOurs(request.url()) || this.wrong('outside request', request.url()));
  }

  isOurs(url) {
    return this.told.origins.includes(new URL(url).origin);
  }

  wrong(rule, what) {
    const { language, width, theme } = this.look;
    this.faults.push(`${this.view}, ${language}, ${width} px, ${theme}: ${rule}: ${what}`);
  }

  // A fact without which the task is not done.
  must(is, what) {
    if (!is) throw new Error(what);
  }

  // Steps on with Tab until this has the focus.
  async reach(selector) {
    const wanted = await this.page.waitForSelector(selector, { state: 'attached', timeout: 5000 });
    for (let step = 0; step < STEPS_MAX; step += 1) {
      await this.page.keyboard.press('Tab');
      const { there, fault } = await this.page.evaluate(focus, wanted);
      if (fault) this.wrong('focus', fault);
      if (there) return;
    }
    throw new Error(`${selector} is not reached by Tab`);
  }

  // Goes where a link or a button leads.
  async follow(selector) {
    await this.reach(selector);
    const gone = this.page.waitForEvent('framenavigated', { timeout: 10000 });
    await this.page.keyboard.press('Enter');
    await gone;
    await this.page.waitForLoadState('load');
  }

  // Chooses in a list with the arrow keys.
  async choose(selector, value) {
    await this.reach(selector);
    await this.page.keyboard.press('Home');
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if ((await this.page.inputValue(selector)) === value) return;
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`${selector} has no ${value}`);
  }

  async write(selector, text) {
    await this.reach(selector);
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.insertText(text);
  }

  // Looks at the page as it is, and once more with all that unfolds unfolded.
  async see(view, { personal = false } = {}) {
    this.view = view;
    const { page, look } = this;
    this.must((await page.getAttribute('html', 'lang')) === look.language, `the page is not in ${look.language}`);
    if (this.told.shots) await page.screenshot({ path: path.join(this.told.shots, `${view}-${look.language}-${look.width}.png`) });
    const content = await page.content();
    for (const value of personal ? [] : this.told.planted) {
      if (content.includes(value)) this.wrong('personal', `it tells ${value}`);
    }
    await this.fits('as it is');
    const unfolded = await page.$$eval('details:not([open]):not(.menu)', (all) => all.map((one) => { one.open = true; }).length);
    if (unfolded > 0) await this.fits('unfolded');
    for (const fault of await this.axe()) this.wrong(...fault);
    await page.$$eval('details:not(.menu)', (all) => all.forEach((one) => { one.open = false; }));
  }

  async fits(how) {
    const [needed, width] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (needed > width) this.wrong('width', `${how}, it scrolls sideways: ${needed} px in ${width} px`);
  }

  async axe() {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => window.axe.run(document, {
      resultTypes: ['violations'],
      iframes: false,
      // WCAG 2.2's, which axe leaves out by itself.
      rules: { 'target-size': { enabled: true } },
    }));
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => [`axe ${id}`, `${node.target} ${node.failureSummary}`]));
  }
}

// In the page: whether this has the focus, and whether whoever has it is seen.
function focus(wanted) {
  const at = document.activeElement;
  if (at === document.body) return { there: false };
  const name = `${at.tagName.toLowerCase()} ${at.id || at.getAttribute('href') || at.textContent.slice(0, 30)}`;
  const there = at === wanted;
  if (getComputedStyle(at).boxShadow === 'none') return { there, fault: `${name} shows no focus` };
  const box = at.getClientRects()[0];
  const top = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (box && box.height < innerHeight && !(at.contains(top) || (top && top.contains(at)))) return { there, fault: `${name} is covered or out of sight` };
  return { there };
}

module.exports = { Seat };
