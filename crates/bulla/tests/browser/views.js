// Each view's main task, done by keyboard. A task begins where the one before has ended.
'use strict';

const views = {
  // The menu: how pages look, and in which language.
  async menu(seat) {
    const { page, look } = seat;
    await seat.reach('.top .menu > summary');
    await page.keyboard.press('Enter');
    await seat.choose('#theme', look.theme);
    await seat.choose('#language', look.language);
    await seat.follow('.top .menu form[action="/console/view"] .btn');
    await seat.reach('.top .menu > summary');
    await page.keyboard.press('Enter');
    await seat.see('menu');
  },

  async desk(seat) {
    const { page, told } = seat;
    await seat.follow('.nav a[href="/console"]');
    await seat.see('desk');
    await seat.follow('.skip');
    seat.must(await page.evaluate(() => document.activeElement.id === 'main'), 'the skip link leads to the main part');
    await seat.choose('#f6', '856');
    await seat.choose('#f3', 'refused');
    await seat.choose('#f4', 'all');
    await seat.follow('.filters .btn');
    seat.must((await page.locator('#list tbody tr').count()) === 1, 'one interchange is refused');
    // By a name of one's own, which stays in the browser.
    await seat.write('#view-name', 'Night <b>');
    await page.keyboard.press('Enter');
    seat.must((await page.textContent('#views [data-own] a')) === 'Night <b>', 'the view has its name, and that is text');
    await seat.see('list');
    await seat.follow('.nav a[href="/console"]');
    await seat.follow('#views [data-own] a');
    seat.must(page.url().includes('state=refused') && (await page.inputValue('#f6')) === '856', 'the name leads to the view');
    await seat.reach('#views [data-own] button');
    await page.keyboard.press('Enter');
    seat.must((await page.locator('#views [data-own]').count()) === 0, 'and is forgotten');
    await seat.follow(`a[href="/console/interchanges/${told.refused}"]`);
    await seat.see('interchange-refused');
  },

  async interchange(seat) {
    const { page, told } = seat;
    await seat.follow('.nav a[href="/console"]');
    await seat.follow(`a[href="/console/interchanges/${told.waiting}"]`);
    await seat.see('interchange');
    await seat.reach('#answer summary');
    await page.keyboard.press('Enter');
    seat.must(await page.isVisible('#answer pre'), 'the answer is shown as octets');
    for (const act of ['hold', 'release']) {
      await seat.follow(`#deliveries form[action$="/${act}"] .btn`);
      seat.must(page.url().endsWith(`?done=${act}`) && (await page.isVisible('.note-ok')), `${act} is done`);
    }
  },

  // Several at once: picked, held and released by one form.
  async bulk(seat) {
    const { page, told } = seat;
    for (const act of ['hold', 'release']) {
      await seat.follow('.nav a[href="/console"]');
      await seat.reach(`#bulk input[value="${told.waiting}"]`);
      await page.keyboard.press('Space');
      await seat.follow(`#bulk button[value="${act}"]`);
      seat.must((await page.locator('#done tbody tr').count()) === 1 && (await page.isVisible('.note-ok')), `${act} is done`);
    }
    await seat.see('bulk');
  },

  async test(seat) {
    const { page, told } = seat;
    await seat.follow('.nav a[href="/console/test"]');
    await seat.see('test');
    await seat.write('#paste', told.document);
    await seat.follow('.cols-form .btn-do');
    seat.must((await page.textContent('.finds')).includes('INVALID_DATE'), 'it finds the wrong date');
    await seat.see('test-found');
  },

  async parcels(seat) {
    const { page, told } = seat;
    await seat.follow('.nav a[href="/console/parcels"]');
    await seat.see('parcels');
    await seat.write('#p1', told.tracking);
    await seat.follow('.filters .btn-do');
    seat.must(await page.isVisible('#parcel'), 'the parcel is found');
    await seat.see('parcel');
    await seat.follow('.nav a[href="/console/parcels"]');
    await seat.write('#p3', told.manifest);
    await seat.follow('.filters .btn-do');
    await seat.see('parcels-found');
    await seat.follow('#found a');
    seat.must(await page.isVisible('#sealed'), 'one of several is shown');
  },

  async partners(seat) {
    await seat.follow('.nav a[href="/console/partners"]');
    await seat.see('partners');
  },

  async retention(seat) {
    const { page } = seat;
    await seat.follow('.nav a[href="/console/retention"]');
    await seat.see('retention');
    await seat.follow('.cal a.c');
    seat.must(page.url().includes('/console/ledger?before='), 'a month leads to its entry');
  },

  async ledger(seat) {
    const { page } = seat;
    await seat.follow('.nav a[href="/console/ledger"]');
    await seat.see('ledger');
    await seat.write('#before', '5');
    await seat.follow('form[action="/console/ledger"] .btn');
    seat.must(page.url().endsWith('before=5'), 'the ledger is shown from an index');
    await seat.see('ledger-before');
  },

  async incident(seat) {
    const { page } = seat;
    await seat.follow('.nav a[href="/console/incident"]');
    await seat.see('incident');
    await seat.choose('#h1', 'warden');
    await seat.follow('.filters .btn-do');
    seat.must(await page.isVisible('.answer b'), 'there is an answer');
    seat.must((await page.locator('#take a[download]').count()) === 2, 'bundle and page can be taken along');
    await seat.see('incident-answer');
  },

  async tokens(seat) {
    const { page } = seat;
    await seat.follow('.nav a[href="/console/tokens"]');
    await seat.see('tokens');
    await seat.write('#label', 'a program');
    await seat.reach('input[name="scope"][value="find"]');
    await page.keyboard.press('Space');
    await seat.follow('#issue .btn-do');
    seat.must((await page.textContent('#issued .mono')).startsWith('bulla_'), 'the token is shown');
    await seat.see('tokens-issued');
    await seat.follow('#tokens form[action$="/revoke"] .btn');
    seat.must((await page.locator('#issued').count()) === 0, 'it is not shown again');
  },

  async agent(seat) {
    const { page, look, told } = seat;
    await page.goto(told.agent);
    if ((await page.getAttribute('html', 'lang')) !== look.language) await seat.follow(`a[hreflang="${look.language}"]`);
    await seat.see('agent');
    await seat.write('#number', told.tracking);
    await seat.write('#ticket', 'CASE-18');
    await seat.follow('.dlg .btn-do');
    await seat.see('agent-asked');
    await seat.follow('.btn-break');
    seat.must((await page.content()).includes(told.name), 'the field is shown');
    await seat.see('agent-opened', { personal: true });
    await seat.follow('.dlg .btn-do');
    await seat.see('agent-forgotten');
  },
};

module.exports = { views };
