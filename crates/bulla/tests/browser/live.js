// The desk left open: what comes is there without anybody's doing, and nothing is moved under whoever is at the keyboard.
'use strict';
const fs = require('node:fs');
const { chromium } = require('playwright-core');
const { Seat } = require('./seat');

const LOOK = { language: 'en', width: 1280, theme: 'light' };
// Twice the script's own.
const PATIENCE = 30000;

async function watch(browser, told, faults) {
  const page = await browser.newPage({ locale: 'en-CA', viewport: { width: LOOK.width, height: 1600 }, colorScheme: LOOK.theme });
  const seat = new Seat(page, told, LOOK, faults);
  await page.goto(`${told.origins[0]}/console`);
  await seat.follow('form[action="/console/demo"] .btn');
  let loads = 0;
  page.on('framenavigated', () => { loads += 1; });
  const live = [];
  page.on('request', (request) => request.headers()['bulla-live'] && live.push(request.method()));
  const rows = () => page.locator('#rows tbody tr').count();
  seat.must((await rows()) === 1, 'one interchange is there');
  // Picked: it stays so, and the focus on it.
  await seat.reach('#bulk input[type="checkbox"]');
  await page.keyboard.press('Space');
  const sent = await fetch(told.send.url, { method: 'POST', headers: { authorization: `Bearer ${told.send.token}` }, body: told.send.body });
  seat.must(sent.status === 200, 'another one is taken');
  await page.waitForFunction(() => document.querySelector('#live').textContent === '1 new', null, { timeout: PATIENCE });
  seat.must((await rows()) === 1 && (await page.isChecked('#bulk input[type="checkbox"]')), 'what is picked is left alone');
  seat.must(await page.evaluate(() => document.activeElement.name === 'interchange'), 'and keeps the focus');
  seat.must(await page.isVisible('#fresh'), 'there is a link that shows what is new');
  await seat.see('desk-live-waits');
  await page.uncheck('#bulk input[type="checkbox"]');
  await page.focus('#f5');
  await page.waitForFunction(() => document.querySelectorAll('#rows tbody tr').length === 2, null, { timeout: PATIENCE });
  seat.must((await page.locator('#rows tr.fresh').count()) === 1, 'the new one is marked');
  seat.must(await page.evaluate(() => document.activeElement.id === 'f5'), 'the focus stays where it was');
  seat.must((await page.textContent('#figures b')) === '2', 'the figures count it');
  seat.must(loads === 0 && live.length >= 2 && live.every((method) => method === 'GET'), 'nothing was loaded anew, and each question says what it is');
  await seat.see('desk-live');
  await page.close();
}

async function main() {
  const told = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
  const faults = [];
  await watch(browser, told, faults);
  await browser.close();
  faults.forEach((fault) => console.log(fault));
}

main();
