import { ConnectorError } from '../errors.ts';
import type { ProvisioningOrder } from '../order.ts';

/** For systems without passwords. Throws `unsupported` when the order carries one: nobody is to be told a password that was not set. */
export function refusePassword(
  order: Pick<ProvisioningOrder, 'password'>,
  displayName: string,
): void {
  if (order.password === undefined) return;
  throw new ConnectorError(
    'unsupported',
    `${displayName} sets no passwords, and the order carries one.`,
    {
      hint: 'Remove PasswordResetSetting from the mapping of the resource type.',
    },
  );
}
