// An incident's beginning by its slider, by keyboard, in both languages: the answer changes with it, and the page stays the same.
'use strict';
const fs = require('node:fs');
const { chromium } = require('playwright-core');
const { Seat } = require('./seat');

const LOOKS = [
  { language: 'en', width: 1280, theme: 'light' },
  { language: 'fr', width: 360, theme: 'dark' },
];

async function slide(browser, told, look, faults) {
  const locale = look.language === 'fr' ? 'fr-CA' : 'en-CA';
  const page = await browser.newPage({ locale, viewport: { width: look.width, height: 900 }, colorScheme: look.theme });
  const seat = new Seat(page, told, look, faults);
  await page.goto(`${told.origins[0]}/console`);
  await seat.follow('form[action="/console/demo"] .btn');
  await page.goto(`${told.origins[0]}/console/incident?kind=host`);
  const bound = () => page.textContent('#bound');
  const [before, day] = [await bound(), await page.textContent('#since-day')];
  await seat.reach('#since');
  const changed = async (key, from) => {
    await page.keyboard.press(key);
    await page.waitForFunction((old) => document.querySelector('#bound').textContent !== old, from, { timeout: 10000 });
  };
  // From the day before the ledger began to the day on which it did.
  await changed('ArrowRight', before);
  seat.must((await page.textContent('#since-day')) > day, 'the day goes on');
  seat.must((await page.inputValue('#h2')) > day && page.url().includes('&from='), 'field and address go with it');
  await changed('ArrowLeft', await bound());
  seat.must((await page.textContent('#since-day')) === day, 'the day is back');
  seat.must(await page.isVisible('#bound b'), 'there is an answer');
  seat.must(await page.evaluate(() => document.activeElement.id === 'since'), 'the slider keeps the focus');
  await seat.see('incident-slider');
  await page.close();
}

async function main() {
  const told = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  const faults = [];
  for (const look of LOOKS) await slide(browser, told, look, faults);
  await browser.close();
  faults.forEach((fault) => console.log(fault));
}

main();
