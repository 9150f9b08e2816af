/**
 * Every transition that decisions, requests, orders and results take, each in a store, from each state it may start from. A
 * transition without a scene fails, and so does a scene of none.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TakenTransition, transitionChannel } from '../../../config/index.ts';
import {
  type ExpectedTransition,
  transitionsDrivenBy,
} from '../../../test/contract/expected-transitions.ts';
import { decideReview } from '../../provision/index.ts';
import { generateOrders } from '../tasks/generate-orders.ts';
import { deliveryScenes } from './deliveries.fixture.ts';
import { type Desk, openDesk } from './desk.fixture.ts';
import { reconciliationScenes } from './reconciliation.fixture.ts';
import { requestScenes } from './requests.fixture.ts';
import { endOf, reachedBy, type Scenes } from './scene.fixture.ts';

const scenes: Scenes = { ...deliveryScenes, ...reconciliationScenes, ...requestScenes };
const own = transitionsDrivenBy('store');
const nameOf = ({ axis, subject, cause }: ExpectedTransition): string =>
  `${axis}:${subject}:${cause}`;

describe('the table of transitions, driven in a store', () => {
  let desk: Desk;
  let moves: TakenTransition[] = [];
  const note = (message: unknown): void => {
    // The channel tells nothing else.
    moves.push(message as TakenTransition);
  };

  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk[Symbol.asyncDispose]());

  it.each(own)('takes %s to %s', async (_, to, about) => {
    const play = scenes[nameOf(about)];
    if (play === undefined) throw new Error('No scene drives it.');
    moves = [];
    subscribe(transitionChannel, note);
    const end = await play(desk, about.from).finally(() => unsubscribe(transitionChannel, note));

    expect(reachedBy(moves, about, end)).toBe(to);
  });

  it('is left alone by a generation that a threshold stops, and by who puts a decision off', async () => {
    const { ids, model, store, by, company } = desk;
    const type = model.resourceTypes.get('Wiki_User_Person');
    if (type === undefined) throw new Error('The desk has no resource type.');
    const thresholds = { ...type.thresholds, maximumInsertPercent: 1 };
    const limited = new Map(model.resourceTypes).set(type.identifier, { ...type, thresholds });
    const workspace = { ...company.workspace, model: { ...model, resourceTypes: limited } };
    const stateOf = () => endOf(desk, 'assigned_resource_types', ids.creation, 'provisioning');

    const everything = { resourceTypes: [], force: false, isDryRun: false };
    expect((await generateOrders(workspace, everything)).status).toBe('blocked');
    expect(await stateOf()).toBe(1);

    const waiting = { provisioning_state: 5, blocked_by: '["resource-type"]' };
    await desk.write('assigned_resource_types', ids.creation, waiting);
    const until = new Date(company.clock + 86_400_000).toISOString();
    const postponed = {
      ...by,
      decision: 'postpone',
      assignmentIds: [ids.creation],
      until,
    } as const;
    expect(await decideReview(store, model, postponed)).toMatchObject({ changed: 1 });
    expect(await stateOf()).toBe(5);
  });

  it('has no scene beside it', () => {
    const named = new Set(own.map(([, , about]) => nameOf(about)));

    expect(Object.keys(scenes).filter((name) => !named.has(name))).toEqual([]);
  });
});
