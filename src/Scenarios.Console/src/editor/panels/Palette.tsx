/** What can be added: by category, to be searched, clicked or dragged onto the canvas. */
import { ScrollArea, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { paletteType } from '../canvas/Canvas';
import { type Category, categories, type ElementKind } from '../elements/kind';
import { addable } from '../elements/registry';
import { insertSomewhere } from '../insert';
import { useEditorStore } from '../store';

const order = Object.keys(categories) as Category[];

export function matching(query: string): readonly ElementKind[] {
  const q = query.trim().toLowerCase();
  if (q === '') return addable;
  // What is called so comes before what only speaks of it: “end” is the end.
  const rank = (k: ElementKind) => (k.title.toLowerCase().startsWith(q) ? 0 : k.title.toLowerCase().includes(q) ? 1 : 2);
  return addable.filter((k) => `${k.title} ${k.what} ${categories[k.category]}`.toLowerCase().includes(q)).toSorted((a, b) => rank(a) - rank(b));
}

export function Palette() {
  const store = useEditorStore();
  const [query, setQuery] = useState('');
  const found = matching(query);
  return (
    <div className="side-list">
      <TextInput
        size="sm"
        aria-label="Search the elements"
        placeholder="Search"
        leftSection={<IconSearch size={16} />}
        value={query}
        onChange={(e) => setQuery(e.currentTarget.value)}
      />
      <ScrollArea className="grow" type="auto">
        {order.map((category) => {
          const own = found.filter((k) => k.category === category);
          if (own.length === 0) return null;
          return (
            <section key={category} aria-label={categories[category]}>
              <Text component="h3" className="side-heading">
                {categories[category]}
              </Text>
              {own.map((k) => (
                <UnstyledButton
                  key={k.type}
                  className="palette-item"
                  data-category={k.category}
                  draggable
                  onDragStart={(e) => {
                    e.dataTransfer.setData(paletteType, k.type);
                    e.dataTransfer.effectAllowed = 'copy';
                  }}
                  onClick={() => insertSomewhere(store, k.type)}
                >
                  <span className="el-icon" aria-hidden>
                    <k.icon size={18} stroke={1.7} />
                  </span>
                  <span>
                    <span className="palette-title">{k.title}</span>
                    <span className="palette-what">{k.what}</span>
                  </span>
                </UnstyledButton>
              ))}
            </section>
          );
        })}
        {found.length === 0 ? (
          <Text size="sm" c="dimmed" p="sm">
            No element is called that.
          </Text>
        ) : null}
      </ScrollArea>
    </div>
  );
}
