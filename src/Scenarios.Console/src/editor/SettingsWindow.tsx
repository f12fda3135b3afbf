/** The settings of the scenario (product.md). They are part of the document: they hold with the next save. */
import { Accordion, Button, Checkbox, Group, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ReentryMode } from '../api/types';
import { useSession } from '../app/auth';
import { useInside } from '../app/live';
import { exact } from '../app/numbers';
import { setSettings } from '../doc/commands';
import { canonical } from '../doc/diff';
import type { Settings } from '../doc/model';
import type { Duration } from '../doc/time';
import { useClear } from '../scenarios/actions';
import { ReentryChoice } from '../scenarios/ReentryChoice';
import { Confirm } from '../ui/Confirm';
import { DurationInput } from '../ui/DurationInput';
import { NumberField } from '../ui/NumberField';
import { notice, noticeOf } from '../ui/notices';
import { Window } from '../ui/Window';
import { ZoneSelect } from '../ui/ZoneSelect';
import { useDoc, useEditor, useEditorStore } from './store';

const without = (s: Settings, name: string): Settings => {
  const { [name]: _, ...rest } = s;
  return rest;
};

export function SettingsWindow({ onClose }: { onClose: () => void }) {
  const store = useEditorStore();
  const doc = useDoc();
  const base = useEditor((s) => s.base);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const who = useSession();
  const [s, set] = useState<Settings>(doc.settings);
  const [asksClear, setAsksClear] = useState(false);
  const clear = useClear(base.number);
  const inside = useInside(base.number) ?? 0;
  const cap = s.maxEntries as { count: number; per: Duration } | undefined;

  const apply = () => {
    if (canonical(s) !== canonical(doc.settings)) store.getState().run(setSettings(s, 'Change the settings'));
    onClose();
  };

  return (
    <Window onClose={onClose} title="Scenario settings" size={720}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          apply();
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) apply();
        }}
      >
        <Stack gap="xl">
          <ReentryChoice
            value={(s.reentryMode as ReentryMode | undefined) ?? 'afterExit'}
            onChange={(reentryMode) => set({ ...s, reentryMode })}
            isReadOnly={isReadOnly}
          />
          <Stack gap="sm">
            <Checkbox
              label="Keep profiles when it is stopped"
              description={
                s.freezeOnDeactivate ? 'They freeze where they stand, and go on after activation.' : 'Stopping ends the runs of all who are inside.'
              }
              checked={s.freezeOnDeactivate === true}
              disabled={isReadOnly}
              onChange={(e) => set({ ...s, freezeOnDeactivate: e.currentTarget.checked })}
            />
            <Radio.Group
              label="A wait of a frozen profile"
              value={(s.frozenWaits as string | undefined) ?? 'clockRuns'}
              onChange={(frozenWaits) => set({ ...s, frozenWaits })}
              pl={36}
            >
              <Group gap="xl" mt={8}>
                <Radio value="clockRuns" label="Its clock runs on" disabled={isReadOnly} />
                <Radio value="clockStops" label="The remaining time is kept" disabled={isReadOnly} />
              </Group>
            </Radio.Group>
            <NumberField
              label="Overdue profiles a second after activation"
              description="So that an activation floods no channel."
              min={1}
              max={1_000_000}
              maw={420}
              ml={36}
              disabled={isReadOnly}
              value={Number(s.resumeRate ?? 1000)}
              onChange={(n) => set({ ...s, resumeRate: n || 1 })}
            />
          </Stack>
          <ZoneSelect
            isFixed
            value={(s.timeZone as string | null) ?? null}
            onChange={(zone) => set(zone ? { ...s, timeZone: zone } : without(s, 'timeZone'))}
            placeholder="The account’s"
            isReadOnly={isReadOnly}
          />
          <Accordion variant="separated">
            <Accordion.Item value="entry">
              <Accordion.Control>Limits of entry</Accordion.Control>
              <Accordion.Panel>
                <Stack gap="md">
                  <DurationInput
                    label="Pause after leaving"
                    description="A profile is declined for so long after its last run ended."
                    value={s.coolDown as Duration | undefined}
                    isReadOnly={isReadOnly}
                    onChange={(d) => set(Object.keys(d).length > 0 ? { ...s, coolDown: d } : without(s, 'coolDown'))}
                  />
                  <Group align="flex-end" gap="sm">
                    <NumberField
                      label="At most entries of a profile"
                      min={0}
                      max={1000}
                      placeholder="no limit"
                      w={220}
                      disabled={isReadOnly}
                      value={cap?.count}
                      onChange={(n) =>
                        set(n !== undefined && n > 0 ? { ...s, maxEntries: { count: n, per: cap?.per ?? { days: 30 } } } : without(s, 'maxEntries'))
                      }
                    />
                  </Group>
                  {cap ? (
                    <DurationInput
                      label="Within"
                      value={cap.per}
                      isReadOnly={isReadOnly}
                      onChange={(per) => set({ ...s, maxEntries: { ...cap, per } })}
                    />
                  ) : null}
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          {who.may('operator') ? (
            <Group justify="space-between" className="danger">
              <div>
                <Text fw={600}>Clear all profiles</Text>
                <Text size="sm" c="dimmed">
                  Ends every run that is inside now, at once. Who enters afterwards stays.
                </Text>
              </div>
              <Button variant="default" c={inside === 0 ? undefined : 'var(--bad)'} disabled={inside === 0} onClick={() => setAsksClear(true)}>
                {inside === 0 ? 'Nobody inside' : 'Clear…'}
              </Button>
            </Group>
          ) : null}
          <Group justify="space-between" className="window-foot">
            <Text size="sm" c="dimmed">
              Settings hold with the next save.
            </Text>
            <Group>
              <Button variant="default" onClick={onClose}>
                {isReadOnly ? 'Close' : 'Cancel'}
              </Button>
              {isReadOnly ? null : <Button type="submit">Apply</Button>}
            </Group>
          </Group>
        </Stack>
      </form>
      <Confirm
        opened={asksClear}
        title={`Clear “${base.title}”?`}
        confirm={`End ${exact(inside)} ${inside === 1 ? 'run' : 'runs'}`}
        isDangerous
        isBusy={clear.isPending}
        onClose={() => setAsksClear(false)}
        onConfirm={() =>
          clear.mutate(undefined, {
            onSuccess: ({ ended }) => {
              notice(`${exact(ended)} ${ended === 1 ? 'profile has' : 'profiles have'} left.`);
              setAsksClear(false);
            },
            onError: noticeOf,
          })
        }
      >
        {exact(inside)} {inside === 1 ? 'profile is' : 'profiles are'} inside. Their runs end and cannot be taken up again.
      </Confirm>
    </Window>
  );
}
