/** Ctrl+F: to an element by its name, what it does, or its id. */
import { Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Window } from '../ui/Window';
import { canvas } from './canvas/view';
import { kindOf, summaryOf, titleOf } from './elements/registry';
import { useDoc, useEditorStore } from './store';

export function FindElement({ onClose }: { onClose: () => void }) {
  const store = useEditorStore();
  const doc = useDoc();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const q = query.trim().toLowerCase();
  const found = doc.elements
    .filter((e) => q === '' || `${titleOf(e)} ${summaryOf(e)} ${e.id} ${kindOf(e.type)?.title}`.toLowerCase().includes(q))
    .slice(0, 50);
  const go = (i: number) => {
    const element = found[i];
    if (!element) return;
    store.getState().select([element.id]);
    onClose();
    setTimeout(() => canvas.goTo(element.id), 0);
  };
  return (
    <Window onClose={onClose} title="Find an element" size="md">
      <TextInput
        data-autofocus
        aria-label="Name, settings or id"
        placeholder="Name, settings or id"
        leftSection={<IconSearch size={16} />}
        value={query}
        onChange={(e) => {
          setQuery(e.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
            e.preventDefault();
            setActive((now) => (found.length === 0 ? 0 : (now + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length));
          }
          if (e.key === 'Enter') go(active);
        }}
        mb="sm"
      />
      <div className="find-list">
        {found.map((e, i) => {
          const Icon = kindOf(e.type)?.icon ?? IconSearch;
          return (
            <UnstyledButton
              key={e.id}
              className="insert-item"
              data-category={kindOf(e.type)?.category}
              data-active={i === active || undefined}
              onMouseEnter={() => setActive(i)}
              onClick={() => go(i)}
            >
              <span className="el-icon small" aria-hidden>
                <Icon size={16} stroke={1.7} />
              </span>
              <span className="find-text">
                <span>{titleOf(e)}</span>
                <Text size="xs" c="dimmed" truncate span>
                  {summaryOf(e)}
                </Text>
              </span>
            </UnstyledButton>
          );
        })}
        {found.length === 0 ? (
          <Text size="sm" c="dimmed" p="xs">
            No element is called that.
          </Text>
        ) : null}
      </div>
    </Window>
  );
}
