/** One menu for every "+": which element shall come here. */
import { Popover, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { PointAnchor } from '../../ui/PointAnchor';
import { canvas } from '../canvas/view';
import { insertAt } from '../insert';
import { useEditor, useEditorStore } from '../store';
import { matching } from './Palette';

export function InsertMenu() {
  const at = useEditor((s) => s.insertAt);
  return at ? <Open key={`${at.x} ${at.y}`} /> : null;
}

function Open() {
  const store = useEditorStore();
  const at = useEditor((s) => s.insertAt);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  if (!at) return null;
  const found = matching(query);
  const choose = (i: number) => {
    const kind = found[i];
    if (kind) insertAt(store, kind.type, at.port, at.place);
  };
  // Not wanted: back to where it was asked for, unless the click that closed it went elsewhere.
  const close = () => {
    store.getState().set({ insertAt: null });
    const from = at.port?.from;
    setTimeout(() => {
      if (from && document.activeElement === document.body) canvas.focus(from);
    }, 0);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setActive((now) => (found.length === 0 ? 0 : (now + (e.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length));
    } else if (e.key === 'Enter') {
      e.preventDefault();
      choose(active);
    }
  };
  return (
    <Popover opened onChange={(isOpen) => !isOpen && close()} position="bottom-start" width={290} shadow="lg" trapFocus withinPortal closeOnEscape>
      <Popover.Target>
        <PointAnchor x={at.x} y={at.y} />
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label="Add an element">
        <TextInput
          data-autofocus
          size="sm"
          mb={6}
          role="combobox"
          aria-expanded
          aria-controls="insert-list"
          aria-activedescendant={found[active] ? `insert-${found[active].type}` : undefined}
          aria-label="Which element"
          placeholder="Add…"
          leftSection={<IconSearch size={16} />}
          value={query}
          onChange={(e) => {
            setQuery(e.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div id="insert-list" role="listbox" aria-label="Elements" className="insert-list">
          {found.map((k, i) => (
            <UnstyledButton
              key={k.type}
              id={`insert-${k.type}`}
              role="option"
              aria-selected={i === active}
              tabIndex={-1}
              className="insert-item"
              data-category={k.category}
              data-active={i === active || undefined}
              onMouseEnter={() => setActive(i)}
              onClick={() => choose(i)}
            >
              <span className="el-icon small" aria-hidden>
                <k.icon size={16} stroke={1.7} />
              </span>
              {k.title}
            </UnstyledButton>
          ))}
        </div>
        {found.length === 0 ? (
          <Text size="sm" c="dimmed" p={6}>
            No element is called that.
          </Text>
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}
