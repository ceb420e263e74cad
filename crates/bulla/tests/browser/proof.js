// A page on which all is wrong. What is not found there would be found nowhere.
'use strict';
const { Seat } = require('./seat');

const ELSEWHERE = 'http://elsewhere.example/picture';
const NAME = 'OLVERIN QUASTERBY';
const PAGE = `<!doctype html><html lang="en"><head><title>Wrong</title></head><body><main>
<h1 style="width: 2000px">${NAME}</h1><p style="color: #ddd; background: #fff">hardly to be seen</p>
<img src="${ELSEWHERE}"><a href="#main">a link</a><script>throw new Error('stopped')</script></main></body></html>`;
const RULES = ['outside request', 'console', 'error', 'personal', 'width', 'axe color-contrast', 'axe image-alt', 'focus'];

// What was not found, in words.
async function unseen(browser) {
  const page = await browser.newPage();
  await page.route(ELSEWHERE, (route) => route.abort());
  const found = [];
  const seat = new Seat(page, { origins: [], planted: [NAME] }, { language: 'en', width: 1280, theme: 'light' }, found);
  await page.setContent(PAGE);
  await seat.see('proof');
  await seat.reach('a');
  await page.close();
  return RULES.filter((rule) => !found.some((fault) => fault.includes(`: ${rule}: `))).map((rule) => `a page that is wrong passes: ${rule}`);
}

module.exports = { unseen };
