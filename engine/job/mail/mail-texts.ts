/** Texts of mails in the languages there are, and mails put together from them: plain text, and the same as HTML. */
import { escapeHtml, toHeaderText } from '../../../connectors/index.ts';

export interface MailTexts {
  readonly ticketsSubject: (count: number) => string;
  readonly ticketsIntroduction: (count: number) => string;
  readonly ticketsMore: (count: number) => string;
  readonly ticketsClosing: string;
  readonly ticketHeaders: readonly [
    ticket: string,
    operation: string,
    type: string,
    owner: string,
    due: string,
  ];
  readonly operations: Readonly<Record<'added' | 'modified' | 'deleted' | 'reset', string>>;
  /** `owner` is empty in a mail to the person whose account it is. */
  readonly passwordSubject: (type: string, owner: string) => string;
  readonly greeting: (name: string) => string;
  readonly passwordIntroduction: (type: string, owner: string) => string;
  readonly resetSubject: (type: string, owner: string) => string;
  readonly resetIntroduction: (type: string, owner: string) => string;
  readonly account: string;
  readonly password: string;
  readonly mustChange: string;
  readonly keepSecret: string;
}

const english: MailTexts = {
  ticketsSubject: (count) => (count === 1 ? 'A ticket is open' : `${count} tickets are open`),
  ticketsIntroduction: (count) =>
    count === 1
      ? 'A change waits to be made by hand:'
      : `${count} changes wait to be made by hand:`,
  ticketsMore: (count) => `… and ${count} more.`,
  ticketsClosing:
    'Make each change in the system, then confirm the ticket, or say why it is not possible.',
  ticketHeaders: ['Ticket', 'Operation', 'Kind', 'For', 'Due'],
  operations: {
    added: 'create',
    modified: 'change',
    deleted: 'delete',
    reset: 'reset the password',
  },
  passwordSubject: (type, owner) =>
    owner === '' ? `Your new account: ${type}` : `New account of ${owner}: ${type}`,
  greeting: (name) => (name === '' ? 'Hello,' : `Hello ${name},`),
  passwordIntroduction: (type, owner) =>
    owner === ''
      ? `An account was created: ${type}.`
      : `An account was created for ${owner}: ${type}.`,
  resetSubject: (type, owner) =>
    owner === '' ? `Your new password: ${type}` : `New password of ${owner}: ${type}`,
  resetIntroduction: (type, owner) =>
    owner === ''
      ? `The password of your account was replaced: ${type}. The old one does not work any more.`
      : `The password of the account of ${owner} was replaced: ${type}. The old one does not work any more.`,
  account: 'Account',
  password: 'Password',
  mustChange: 'Another password must be chosen at the first login.',
  keepSecret: 'Nobody will ever ask you for this password.',
};

const french: MailTexts = {
  ticketsSubject: (count) =>
    count === 1 ? 'Un ticket est ouvert' : `${count} tickets sont ouverts`,
  ticketsIntroduction: (count) =>
    count === 1
      ? 'Un changement est à faire à la main :'
      : `${count} changements sont à faire à la main :`,
  ticketsMore: (count) => `… et ${count} de plus.`,
  ticketsClosing:
    'Faites chaque changement dans le système, puis confirmez le ticket, ou dites pourquoi il est impossible.',
  ticketHeaders: ['Ticket', 'Opération', 'Type', 'Pour', 'Échéance'],
  operations: {
    added: 'créer',
    modified: 'modifier',
    deleted: 'supprimer',
    reset: 'réinitialiser le mot de passe',
  },
  passwordSubject: (type, owner) =>
    owner === '' ? `Votre nouveau compte : ${type}` : `Nouveau compte de ${owner} : ${type}`,
  greeting: (name) => (name === '' ? 'Bonjour,' : `Bonjour ${name},`),
  passwordIntroduction: (type, owner) =>
    owner === ''
      ? `Un compte a été créé : ${type}.`
      : `Un compte a été créé pour ${owner} : ${type}.`,
  resetSubject: (type, owner) =>
    owner === ''
      ? `Votre nouveau mot de passe : ${type}`
      : `Nouveau mot de passe de ${owner} : ${type}`,
  resetIntroduction: (type, owner) =>
    owner === ''
      ? `Le mot de passe de votre compte a été remplacé : ${type}. L’ancien ne fonctionne plus.`
      : `Le mot de passe du compte de ${owner} a été remplacé : ${type}. L’ancien ne fonctionne plus.`,
  account: 'Compte',
  password: 'Mot de passe',
  mustChange: 'Un autre mot de passe est à choisir à la première connexion.',
  keepSecret: 'Personne ne vous demandera jamais ce mot de passe.',
};

const languages: Readonly<Record<string, MailTexts>> = { en: english, fr: french };

/** The texts of these cultures (`fr`, `fr-CA`), each once, in their order; English where none is known. */
export function findTexts(
  cultures: readonly string[],
): readonly { readonly language: string; readonly texts: MailTexts }[] {
  const known = cultures
    .map((culture) => culture.toLowerCase().split(/[-_]/)[0] ?? '')
    .filter((language) => Object.hasOwn(languages, language));
  const wanted = known.length === 0 ? ['en'] : [...new Set(known)];
  return wanted.flatMap((language) => {
    const texts = languages[language];
    return texts === undefined ? [] : [{ language, texts }];
  });
}

/** Part of a mail. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** A value to be copied: nothing is added to it, on a line of its own. */
  | { readonly kind: 'value'; readonly label: string; readonly value: string }
  | {
      readonly kind: 'table';
      readonly headers: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** What a mail consists of. Values of people stay on their line. */
export function renderBlocks(parts: readonly (readonly Block[])[]): {
  readonly text: string;
  readonly html: string;
} {
  const text = parts.map((blocks) => blocks.map(toText).join('\n\n')).join('\n\n---\n\n');
  const html = parts.map((blocks) => blocks.map(toHtml).join('\n')).join('\n<hr>\n');
  return { text: `${text}\n`, html: `${html}\n` };
}

function toText(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return oneLine(block.text);
    case 'value':
      return `${block.label}: ${block.value}`;
    case 'table':
      return block.rows
        .map((row) =>
          row
            .map((cell, index) =>
              cell === '' ? '' : `${block.headers[index] ?? ''}: ${oneLine(cell)}`,
            )
            .filter((cell) => cell !== '')
            .join('\n'),
        )
        .join('\n\n');
  }
}

function toHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escapeHtml(oneLine(block.text))}</p>`;
    case 'value':
      return `<p>${escapeHtml(block.label)}: <code>${escapeHtml(block.value)}</code></p>`;
    case 'table': {
      const row = (cells: readonly string[], cell: 'td' | 'th'): string =>
        `<tr>${cells.map((text) => `<${cell}>${escapeHtml(oneLine(text))}</${cell}>`).join('')}</tr>`;
      const rows = [row(block.headers, 'th'), ...block.rows.map((cells) => row(cells, 'td'))];
      return `<table>\n${rows.join('\n')}\n</table>`;
    }
  }
}

function oneLine(text: string): string {
  return toHeaderText(text, 500);
}
