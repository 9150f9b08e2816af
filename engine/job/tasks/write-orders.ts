/** Orders on their way out of the generation: into the store, and into a file beside it. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../../../config/index.ts';
import { formatOrderPages, type ProvisioningOrder } from '../../../connectors/index.ts';
import type { OrderTurn } from '../../provision/index.ts';
import {
  allocateIds,
  insertOrders,
  listOrdersOfRun,
  type ProvisioningOrderRow,
  type StoreTransaction,
} from '../../store/index.ts';
import type { Workspace } from '../workspace.ts';
import type { Planned } from './plan-orders.ts';

/** Orders read from the store at a time for their file. */
const filePageSize = 500;

/** Puts orders into the store, page by page. */
export class OrderWriter {
  readonly #model: Model;
  readonly #at: string;
  readonly #runId: number;
  #turn: OrderTurn | null = null;
  #position = 0;

  constructor(model: Model, at: string, runId: number) {
    this.#model = model;
    this.#at = at;
    this.#runId = runId;
  }

  /** Returns the id of the first; the others follow. */
  async write(t: StoreTransaction, turn: OrderTurn, planned: readonly Planned[]): Promise<number> {
    const firstId = await allocateIds(t, planned.length);
    // Orders of one turn may be carried out side by side; the turns follow each other.
    if (turn !== this.#turn) this.#position = firstId;
    this.#turn = turn;
    const { mapping } = turn.resourceType;
    const connection = this.#model.connections.get(mapping?.connection ?? '');
    await insertOrders(
      t,
      planned.map(({ assignment, order }, index) => ({
        id: firstId + index,
        assigned_resource_type_id: assignment.id ?? 0,
        resource_type: assignment.resourceType,
        connector: connection?.connector ?? '',
        connection: mapping?.connection ?? '',
        change_type: order.changeType,
        position: this.#position,
        payload: JSON.stringify({ ...order, id: String(firstId + index) }),
        generated_at: this.#at,
        run_id: this.#runId,
        owner_id: assignment.ownerId,
      })),
    );
    return firstId;
  }
}

/** A copy for people and scripts, in the published shape; the store's orders are the ones that count. */
export async function writeOrderFile(
  workspace: Workspace,
  { folder, part }: OrderFiles,
  runId: number,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(formatOrderPages(readOrders(workspace, runId)));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, join(folder, `${runId}.json`));
}

export interface OrderFiles {
  readonly folder: string;
  /** One for all runs: they make orders one after the other. */
  readonly part: string;
}

export function orderFiles({ settings }: Workspace): OrderFiles {
  const folder = join(settings.workFolder, 'ProvisioningOrders');
  return { folder, part: join(folder, 'orders.json.part') };
}

async function* readOrders(
  { store }: Workspace,
  runId: number,
): AsyncGenerator<readonly ProvisioningOrder[]> {
  // Ids rise: those of this run's orders come after its own.
  for (let after: number | undefined = runId; after !== undefined; ) {
    const page: { readonly after: number; readonly limit: number } = { after, limit: filePageSize };
    const rows: readonly ProvisioningOrderRow[] = await store.read((t) =>
      listOrdersOfRun(t, runId, page),
    );
    // Written by this run from a ProvisioningOrder.
    yield rows.map((row) => JSON.parse(row.payload) as ProvisioningOrder);
    after = rows.at(-1)?.id;
  }
}
