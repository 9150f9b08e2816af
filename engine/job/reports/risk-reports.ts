/** The report on identified risks. */
import { listIdentifiedRisks } from '../../store/index.ts';
import { describeRisks } from '../views/risks.ts';
import { ownerColumns } from './holdings.ts';
import { moment, number, type Report, text } from './report.ts';

const pageSize = 1_000;

export const risks: Report = {
  name: 'risks',
  doc: 'Who holds what is a risk by the last evaluation, since when, with the level of the risk and the score of the owner.',
  columns: [
    ...ownerColumns,
    text('Risk'),
    text('Name'),
    number('Level'),
    text('On request'),
    moment('Since'),
    number('Score'),
  ],
  filters: ['owner'],
  async *rows({ t, model, request }) {
    const filter = request.owner === undefined ? {} : { owner: request.owner };
    for (let after = 0; ; ) {
      const rows = await listIdentifiedRisks(t, filter, { after, limit: pageSize });
      const shown = await describeRisks(t, model, rows);
      yield shown.map((one) => [
        ...[one.owner.entityType, one.owner.key, one.owner.name],
        ...[one.risk, one.name, one.level, one.exemption, one.since, one.score],
      ]);
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      after = last.id;
    }
  },
};
