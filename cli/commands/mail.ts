/** Mail: whether it works, what waits, and sending it now. */
import { type Command, Option } from 'commander';
import {
  type CommandContext,
  type CommandResult,
  withProject,
  withWorkspace,
} from '../command-context.ts';
import { parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatTable } from '../table.ts';

interface CheckOptions {
  readonly to?: string;
  readonly passwords?: true;
  readonly dryRun?: true;
}

interface ListOptions {
  readonly status?: 'waiting' | 'sent' | 'refused' | 'nobody';
  readonly limit: number;
  readonly after?: number;
}

interface SendOptions {
  readonly now?: true;
  readonly dryRun?: true;
}

const pageSize = 100;
const longestRunMs = 3_600_000;

export function addMail(program: Command, run: RunCommand): void {
  const group = program
    .command('mail')
    .description('mails that tell people of tickets and passwords');
  group
    .command('check')
    .description('see whether mail can be sent')
    .option('--to <address>', 'send a mail there')
    .option('--passwords', 'the way that passwords go, where it is another one')
    .option('--dry-run', 'look at the settings only')
    .action((options: CheckOptions, command: Command) =>
      run(command, (context) => checkMail(context, options)),
    );
  group
    .command('list')
    .description('mails that wait and mails that were sent, the newest first')
    .addOption(
      new Option('--status <status>', 'only these').choices([
        'waiting',
        'sent',
        'refused',
        'nobody',
      ]),
    )
    .option('--limit <n>', 'how many', parseLimit, pageSize)
    .option('--after <id>', 'go on after this number', parseId)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listMails(context, options)),
    );
  group
    .command('send')
    .description('send what waits')
    .option('--now', 'also what is to be tried later')
    .option('--dry-run', 'only say how many wait')
    .action((options: SendOptions, command: Command) =>
      run(command, (context) => sendMails(context, options)),
    );
}

async function checkMail(
  context: CommandContext,
  { to, passwords, dryRun }: CheckOptions,
): Promise<CommandResult<JsonOutput<'mail check'>>> {
  const found = await withProject(context, (project, engine) =>
    engine.checkMail(project, {
      purpose: passwords === true ? 'password' : 'tickets',
      isDryRun: dryRun === true,
      ...(to === undefined ? {} : { to }),
    }),
  );
  const { recipients, leftOut, isSent } = found;
  const lines = [found.found];
  if (recipients.length > 0)
    lines.push(`${isSent ? 'A mail was sent to' : 'A mail would go to'} ${recipients.join(', ')}.`);
  if (leftOut.length > 0) lines.push(`Not written to: ${leftOut.join(', ')}.`);
  return {
    exitCode: exitCodes.done,
    document: { ...found, recipients: [...recipients], leftOut: [...leftOut] },
    text: lines.join('\n'),
  };
}

async function listMails(
  context: CommandContext,
  { status, limit, after }: ListOptions,
): Promise<CommandResult<JsonOutput<'mail list'>>> {
  const page = await withProject(context, (project, engine) =>
    engine.listMailPage(project, status === undefined ? {} : { status }, {
      before: after ?? null,
      limit,
    }),
  );
  const rows = page.mails.map((mail) => [
    mail.id,
    mail.kind,
    mail.status,
    mail.recipients.join(', '),
    mail.subject,
    mail.createdAt,
    mail.message,
  ]);
  const headers = ['ID', 'KIND', 'STATUS', 'TO', 'SUBJECT', 'SINCE', 'MESSAGE'];
  const more = page.next === null ? [] : ['', `There are more; go on with --after ${page.next}.`];
  return {
    exitCode: exitCodes.done,
    document: {
      ...page,
      mails: page.mails.map((mail) => ({ ...mail, recipients: [...mail.recipients] })),
    },
    text:
      rows.length === 0
        ? 'There is no mail.'
        : [formatTable(headers, rows, context.palette), ...more].join('\n'),
  };
}

async function sendMails(
  context: CommandContext,
  { now, dryRun }: SendOptions,
): Promise<CommandResult<JsonOutput<'mail send'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const waitingOf = async (): Promise<number> =>
      (await engine.listMailPage(workspace, {}, { before: null, limit: 1 })).counts.waiting;
    if (dryRun === true) {
      const waiting = await waitingOf();
      const document = { sent: 0, refused: 0, postponed: 0, waiting, code: null, message: null };
      return { exitCode: exitCodes.done, document, text: `Waiting: ${waiting}.` };
    }
    await engine.queueTicketMails(workspace, null);
    if (now === true) await engine.hastenMails(workspace);
    const { error, ...counts } = await engine.sendMails(workspace, { limitMs: longestRunMs });
    const waiting = await waitingOf();
    const told =
      error === null ? [] : [error.message, ...(error.hint === undefined ? [] : [error.hint])];
    return {
      exitCode: error === null ? exitCodes.done : exitCodes.failed,
      document: {
        ...counts,
        waiting,
        code: error?.code ?? null,
        message: error?.message ?? null,
      },
      text: [
        `Sent: ${counts.sent}. Refused: ${counts.refused}. Waiting: ${waiting}.`,
        ...told,
      ].join('\n'),
    };
  });
}
