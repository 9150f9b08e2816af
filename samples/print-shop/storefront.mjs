/**
 * The web shop of the sample: accounts, seen and changed through pages only, kept in a CSV file.
 * `STOREFRONT_PASSWORD=… node storefront.mjs [port] [file]`
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

const port = Number(process.argv[2] ?? 8765);
const file = process.argv[3] ?? join(import.meta.dirname, 'data', 'storefront.csv');
const password = process.env.STOREFRONT_PASSWORD ?? '';
const columns = ['login', 'name', 'email', 'role'];
const sessions = new Set();

const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.codePointAt(0)};`);
const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

async function readAccounts() {
  const text = await readFile(file, 'utf8');
  const cells = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n)/g)].map(
    ([, quoted, plain, end]) => ({ text: quoted?.replaceAll('""', '"') ?? plain, end }),
  );
  const rows = [[]];
  for (const cell of cells) {
    rows.at(-1).push(cell.text);
    if (cell.end === '\n') rows.push([]);
  }
  const lines = rows.filter((row) => row.length === columns.length).slice(1);
  return new Map(lines.map(([login, ...rest]) => [login, [login, ...rest]]));
}

async function writeAccounts(accounts) {
  const rows = [columns, ...accounts.values()];
  const text = rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const page = (message, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Storefront</title><p id="message">${escapeHtml(message)}</p>${body}</html>`;

const field = (name, value) =>
  `<label>${name} <input name="${name}" value="${escapeHtml(value)}"></label><br>`;

function form(account, isNew) {
  const [login, name, email, role] = account;
  const first = isNew
    ? field('login', '')
    : `<input type="hidden" name="login" value="${escapeHtml(login)}">`;
  const fields = field('name', name) + field('email', email) + field('role', role);
  const remove = isNew ? '' : '<button name="action" value="delete">Delete</button>';
  const action = isNew ? 'add' : 'change';
  return `<form method="post" action="/accounts">${first}${fields}<button name="action" value="${action}">Save</button>${remove}</form>`;
}

const loginPage = (message) =>
  page(
    message,
    '<form method="post" action="/login"><input name="login"><input name="password" type="password"><button>Sign in</button></form>',
  );

const listPage = (accounts, find) => {
  const shown = [...accounts.values()].filter(([login]) => find === '' || login === find);
  const links = shown.map(
    ([login, name]) =>
      `<li><a class="account" href="/accounts/${encodeURIComponent(login)}">${escapeHtml(login)} ${escapeHtml(name)}</a></li>`,
  );
  return page(
    'Accounts',
    `<form action="/accounts"><input name="find"><button>Find</button></form><ul>${links.join('')}</ul><a href="/accounts/new">New</a>`,
  );
};

async function readForm(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

async function change(input) {
  const accounts = await readAccounts();
  const login = input.get('login')?.trim() ?? '';
  const action = input.get('action');
  if (login === '') return page('A login is needed', '');
  if (action === 'add' && accounts.has(login))
    return page(`There is an account ${login} already`, '');
  if (action !== 'add' && !accounts.has(login)) return page(`There is no account ${login}`, '');
  if (action === 'delete') accounts.delete(login);
  else
    accounts.set(
      login,
      columns.map((name) => (name === 'login' ? login : (input.get(name) ?? ''))),
    );
  await writeAccounts(accounts);
  return page(action === 'delete' ? 'Account deleted' : 'Account saved', '');
}

function isRight(given) {
  const [one, two] = [Buffer.from(given), Buffer.from(password)];
  return password !== '' && one.length === two.length && timingSafeEqual(one, two);
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://storefront');
  const session = /session=([0-9a-f]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  if (pathname === '/login') {
    if (request.method !== 'POST') return { text: loginPage('Sign in') };
    const input = await readForm(request);
    if (!isRight(input.get('password') ?? '')) return { text: loginPage('Wrong password') };
    const key = randomBytes(16).toString('hex');
    sessions.add(key);
    return {
      text: listPage(await readAccounts(), ''),
      cookie: `session=${key}; HttpOnly; SameSite=Strict`,
    };
  }
  if (!sessions.has(session)) return { text: loginPage('Sign in') };
  if (pathname === '/accounts' && request.method === 'POST')
    return { text: await change(await readForm(request)) };
  if (pathname === '/accounts/new')
    return { text: page('New account', form(['', '', '', ''], true)) };
  const accounts = await readAccounts();
  if (pathname === '/accounts') return { text: listPage(accounts, searchParams.get('find') ?? '') };
  const account = accounts.get(decodeURIComponent(pathname.slice('/accounts/'.length)));
  if (account === undefined) return { text: page('There is no such account', '') };
  return { text: page('Account', form(account, false)) };
}

const server = createServer((request, response) => {
  answer(request).then(
    ({ text, cookie }) => {
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
      });
      response.end(text);
    },
    () => response.writeHead(500).end('Something went wrong.'),
  );
});
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
