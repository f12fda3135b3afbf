/** Zone, retention and rate of the whole account. */
import { Alert, Button, Group, NumberInput, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, isApiError, newKey } from '../api/client';
import { account } from '../api/queries';
import type { Account } from '../api/types';
import { useSession } from '../app/auth';
import { notice } from '../ui/notices';
import { PageState } from '../ui/PageState';
import { ZoneSelect } from '../ui/ZoneSelect';

export function AccountTab() {
  const found = useQuery(account);
  return (
    <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
      {found.data ? <Form key={JSON.stringify(found.data)} of={found.data} /> : null}
    </PageState>
  );
}

function Form({ of }: { of: Account }) {
  const who = useSession();
  const client = useQueryClient();
  const isReadOnly = !who.may('admin');
  const [timeZone, setZone] = useState(of.timeZone);
  const [days, setDays] = useState<number | ''>(of.retentionDays);
  const [rate, setRate] = useState<number | ''>(of.ratePerSecond ?? '');
  const next = { timeZone, retentionDays: days, ratePerSecond: rate === '' ? null : rate };
  const isChanged = next.timeZone !== of.timeZone || next.retentionDays !== of.retentionDays || next.ratePerSecond !== of.ratePerSecond;
  const save = useMutation({
    mutationFn: async () => (await call<Account>('PATCH', '/account', { body: next, key: newKey() })).data,
    onSuccess: (saved) => {
      client.setQueryData(account.queryKey, saved);
      notice('The account is saved.');
    },
  });
  const fault = isApiError(save.error) ? save.error : null;
  return (
    <form
      className="sheet settings-form"
      aria-label={`Account ${of.name}`}
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      <h2 className="sheet-title">{of.name}</h2>
      <Stack gap="md">
        <ZoneSelect
          isFixed
          label="Time zone of the account"
          value={timeZone}
          onChange={setZone}
          isReadOnly={isReadOnly}
          error={fault?.at('/timeZone') ?? (timeZone === '' ? 'A zone is needed.' : undefined)}
        />
        <NumberInput
          label="Ended runs are kept for"
          suffix=" days"
          min={1}
          max={3650}
          allowDecimal={false}
          value={days}
          onChange={(n) => setDays(typeof n === 'number' ? n : '')}
          disabled={isReadOnly}
          maw={320}
          error={fault?.at('/retentionDays') ?? (days === '' ? 'A number of days is needed.' : undefined)}
        />
        <NumberInput
          label="Requests a second"
          description="Over it callers are told to wait."
          min={1}
          max={1_000_000}
          allowDecimal={false}
          thousandSeparator=","
          placeholder="without limit"
          value={rate}
          onChange={(n) => setRate(typeof n === 'number' ? n : '')}
          disabled={isReadOnly}
          maw={320}
          error={fault?.at('/ratePerSecond')}
        />
        {fault && fault.errors.length === 0 ? <Alert color="red">{fault.message}</Alert> : null}
        {isReadOnly ? null : (
          <Group>
            <Button type="submit" disabled={!isChanged || timeZone === '' || days === ''} loading={save.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
