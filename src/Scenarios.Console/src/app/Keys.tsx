/** "?": the table of keys. */
import { Kbd, Table } from '@mantine/core';
import { Window } from '../ui/Window';

const keys: readonly [string, string, string][] = [
  ['Anywhere', 'Ctrl K', 'Search or jump to'],
  ['Anywhere', '?', 'This table'],
  ['List', '/', 'Search'],
  ['List', '↑ ↓  Enter', 'Choose and open a row'],
  ['List', 'Shift F10', 'Menu of the row'],
  ['Element', '↑ ↓ ← →', 'Along the links, to siblings of a branch'],
  ['Element', 'Shift + arrow', 'Extend the selection'],
  ['Element', 'Alt + arrow', 'Move it'],
  ['Element', 'Enter', 'Settings'],
  ['Element', 'Insert or +', 'Add what comes next'],
  ['Element', 'N', 'Profiles in it'],
  ['Element', 'L', 'Link an output to another element'],
  ['Element', 'Shift F10', 'Its menu'],
  ['Element', 'Delete', 'Into the bin'],
  ['Canvas', 'Ctrl C / X / V / D', 'Copy, cut, paste, duplicate'],
  ['Canvas', 'Ctrl A, Esc', 'Select all, none'],
  ['Canvas', '1, 0, +, −', 'Fit, 100 %, zoom'],
  ['Canvas', 'Shift Alt T', 'Tidy'],
  ['Editor', 'Ctrl Z, Ctrl Shift Z', 'Undo, redo'],
  ['Editor', 'Ctrl F', 'Find an element'],
  ['Editor', 'F8, Shift F8', 'Next, previous problem'],
  ['Editor', 'Ctrl S', 'Save'],
  ['Windows', 'Ctrl Enter', 'Apply'],
];

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Window onClose={onClose} title="Keyboard" size="lg">
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Where</Table.Th>
            <Table.Th>Keys</Table.Th>
            <Table.Th>What</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map(([where, combination, what]) => (
            <Table.Tr key={where + combination}>
              <Table.Td>{where}</Table.Td>
              <Table.Td>
                <Kbd>{combination}</Kbd>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Window>
  );
}
