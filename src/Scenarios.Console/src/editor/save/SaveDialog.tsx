/** What the save will do to those inside, before it does it; where it needs a choice, here it is made. */
import { Alert, Button, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { newKey } from '../../api/client';
import type { Plan, StopMode } from '../../api/types';
import { useInside } from '../../app/live';
import { counted } from '../../app/numbers';
import { diff } from '../../doc/diff';
import { elementOf } from '../../doc/model';
import { Activation, StopChoice } from '../../scenarios/GateDialogs';
import { changeKinds, effects } from '../../texts';
import { Window } from '../../ui/Window';
import { isTrigger, titleOf } from '../elements/registry';
import { docOfScenario, useEditor } from '../store';
import type { Choices } from './publish';

interface Props {
  plan: Plan;
  label: string;
  isBusy: boolean;
  error: string | null;
  onSave: (choices: Choices) => void;
  onClose: () => void;
}

const leave = '(leave)';

const times = [
  { value: 'recompute', label: 'wait by the new rule, since they came' },
  { value: 'keep', label: 'leave when they would have left' },
];

export function SaveDialog({ plan, label, isBusy, error, onSave, onClose }: Props) {
  const state = useEditor((s) => s);
  const before = docOfScenario(state.base);
  const { doc } = state.history;
  const [note, setNote] = useState('');
  const [moves, setMoves] = useState<Record<string, string | null>>({});
  const [kept, setKept] = useState<readonly string[]>([]);
  // One key for this dialog: a second press is the same save.
  const [key] = useState(newKey);
  const [mode, setMode] = useState<StopMode>(doc.settings.freezeOnDeactivate ? 'freeze' : 'end');
  const inside = useInside(state.base.number) ?? 0;
  const name = (id: string) => {
    const element = elementOf(doc, id) ?? elementOf(before, id);
    return element ? titleOf(element) : id;
  };
  const touched = plan.changes.filter((c) => c.effect !== 'none');
  // The server tells what touches runs; what else changed, the documents themselves say.
  const others = diff(before, doc).filter((c) => !touched.some((t) => t.element === c.id));
  const undecided = touched.some((c) => c.kind === 'removed' && c.inside > 0 && !moves[c.element]);
  const becomesActive = state.switchTo === 'active' || (state.base.status !== 'inactive' && state.switchTo !== 'inactive');
  const errors = plan.problems.filter((p) => p.severity === 'error');
  const isBlocked = becomesActive && errors.length > 0;
  const targets = [
    { value: leave, label: 'leave the scenario' },
    ...doc.elements.filter((e) => !isTrigger(e)).map((e) => ({ value: e.id, label: `go on at “${titleOf(e)}”` })),
  ];
  return (
    <Window onClose={onClose} title={`${label}: version ${state.base.revision + 1}`} size="lg">
      <Stack gap="lg">
        {touched.length > 0 ? (
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Element</Table.Th>
                <Table.Th>Profiles inside</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {touched.map((c) => (
                <Table.Tr key={c.element}>
                  <Table.Td>
                    <Text size="sm" fw={600}>
                      {name(c.element)}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {changeKinds[c.kind]}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    {c.kind === 'removed' && c.inside > 0 ? (
                      <Select
                        label={`${counted(c.inside, 'profile')} ${c.inside === 1 ? 'stands' : 'stand'} here and shall`}
                        placeholder="Choose"
                        data={targets}
                        value={moves[c.element] ?? null}
                        searchable
                        onChange={(to) => setMoves((m) => ({ ...m, [c.element]: to }))}
                      />
                    ) : c.effect === 'recomputes' ? (
                      <Select
                        label={`${counted(c.inside, 'profile')} ${c.inside === 1 ? 'waits' : 'wait'} here and shall`}
                        data={times}
                        value={kept.includes(c.element) ? 'keep' : 'recompute'}
                        allowDeselect={false}
                        onChange={(v) => setKept((k) => (v === 'keep' ? [...k, c.element] : k.filter((id) => id !== c.element)))}
                      />
                    ) : (
                      <Text size="sm">{effects[c.effect](c.inside)}</Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        ) : null}
        {others.length > 0 ? (
          <Text size="sm" c="dimmed">
            {touched.length > 0 ? 'Also: ' : ''}
            {others.map((c) => `${changeKinds[c.kind].toLowerCase()} “${name(c.id)}”`).join(' · ')}
          </Text>
        ) : null}
        {plan.problems.length > 0 ? (
          <Alert
            color={isBlocked ? 'red' : 'yellow'}
            title={isBlocked ? 'An active scenario must be complete' : `It is saved with ${counted(plan.problems.length, 'problem')}`}
          >
            <ul className="plain-list">
              {plan.problems.slice(0, 6).map((p) => (
                <li key={p.path + p.code}>
                  {p.element ? `${name(p.element)}: ` : ''}
                  {p.message}
                </li>
              ))}
              {plan.problems.length > 6 ? <li>{counted(plan.problems.length - 6, 'further problem')}</li> : null}
            </ul>
          </Alert>
        ) : null}
        <TextInput
          label="Note"
          placeholder="What changed, for those who read the versions"
          value={note}
          maxLength={1000}
          onChange={(e) => setNote(e.currentTarget.value)}
          data-autofocus
        />
        {state.switchTo === 'inactive' ? <StopChoice inside={inside} value={mode} onChange={setMode} /> : null}
        {state.switchTo === 'active' ? <Activation number={state.base.number} /> : null}
        <Text size="sm">
          After saving: <b>{becomesActive ? 'active' : state.switchTo === 'inactive' && mode === 'finish' ? 'finishing' : 'stopped'}</b>
        </Text>
        {error ? <Alert color="red">{error}</Alert> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={undecided || isBlocked}
            loading={isBusy}
            onClick={() =>
              onSave({
                note,
                key,
                keepTimes: kept,
                ...(state.switchTo === 'inactive' ? { mode } : {}),
                moves: Object.fromEntries(Object.entries(moves).filter((m): m is [string, string] => m[1] !== null && m[1] !== leave)),
              })
            }
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </Window>
  );
}
