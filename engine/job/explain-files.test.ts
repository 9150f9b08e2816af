/* Files, and values that are written once, from data to explanation. Ana's account was made with both. */
import { describe, expect, it } from 'vitest';
import type { ReadPair } from '../../config/index.ts';
import { ResourceGraph } from '../store/index.ts';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { explainResource } from './views/explain.ts';

const photo = Buffer.from('portrait').toString('base64');
const rules = `<TypeRule />
  <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
  <ScalarRule Property="Boss" Binding="FirstName" IsMapped="false" />
  <BinaryRule Property="Photo" Binding="Photo" />`;
const property = '<Property Identifier="Photo" Type="Binary" />';
const text = configuration({ rules })
  .replace('<Property Identifier="Number" IsKey="true" />', `$&${property}`)
  .replace('<Property Identifier="Login" IsKey="true" />', `$&${property}`)
  .replace(
    /<Property Identifier="Number" ConnectionColumn="number".*/,
    '$&<Property Identifier="Photo" ConnectionColumn="photo" />',
  )
  .replace(
    /<Property Identifier="Login" ConnectionColumn="login".*/,
    '$&<Property Identifier="Photo" ConnectionColumn="photo" />',
  );

async function evaluate(company: Company, users: readonly Record<string, string>[]): Promise<void> {
  company.clock += 60_000;
  await loadData(company, {
    entities: {
      HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy', Photo: photo }],
      Wiki_User: users,
    },
    links: {},
  });
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty: false, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
}

describe('resources in memory', () => {
  it('stay for one page only when files are read of them', async () => {
    await using company = await openCompany({ configuration: text });
    await evaluate(company, []);
    const staysWith = (...reads: readonly ReadPair[]): Promise<boolean> =>
      company.store.read(async (t) => {
        const graph = await ResourceGraph.open(t, company.model.entityModel, new Set(reads));
        const { id } = await t.tx('assigned_resource_types').first({ id: 'owner_id' });
        await graph.load(t, 'HR_Person', [Number(id)]);
        expect(graph.view('HR_Person', Number(id))).not.toBeNull();
        graph.forgetPage();
        return graph.view('HR_Person', Number(id)) !== null;
      });

    expect(await staysWith('HR_Person:FirstName')).toBe(true);
    expect(await staysWith('HR_Person:FirstName', 'HR_Person:Photo')).toBe(false);
  });
});

describe('an explanation', () => {
  it('shows files by their digests, and what was written once as executed', async () => {
    await using company = await openCompany({ configuration: text });
    await evaluate(company, []);
    // The creation is carried out.
    await company.store.transaction(({ tx }) =>
      tx('assigned_resource_types').update({ provisioning_state: 8 }),
    );
    await evaluate(company, [{ Login: 'x', Mail: '1@example.test', Photo: photo, Boss: 'else' }]);

    const id = await company.store.transaction(async ({ tx }) =>
      Number((await tx('assigned_resource_types').first('owner_id')).owner_id),
    );
    const { entries } = await explainResource(company.workspace, { entityType: 'HR_Person', id });
    const about = (name: string) => entries.find((entry) => entry.property === name);
    expect(about('Boss')).toMatchObject({ value: 'Ana', state: 'Calculated, Executed' });
    expect(about('Mail')).toMatchObject({ state: 'Calculated, Verified' });
    expect(about('Photo')).toMatchObject({
      value: expect.stringMatching(/^8 bytes, sha256 [0-9a-f]{12}$/),
      rule: { element: 'BinaryRule' },
      inputs: [{ property: 'Photo', value: expect.stringMatching(/^8 bytes, sha256/) }],
    });
    expect(JSON.stringify(entries)).not.toContain(photo);
  });
});
