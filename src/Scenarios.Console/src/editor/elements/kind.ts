/** What the editor must know of a type of element; each type has one file that says it, and registry.ts lists them. */
import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Field } from '../../api/types';
import type { Element, Settings } from '../../doc/model';

export type Category = 'trigger' | 'operator' | 'channel' | 'action';

export const categories: Record<Category, string> = { trigger: 'Triggers', operator: 'Operators', channel: 'Channels', action: 'Actions' };

export interface FormProps<S> {
  value: S;
  onChange: (next: S) => void;
  /** What the server says about a setting, by its JSON pointer within the settings. */
  fault: (path: string) => string | undefined;
  /** Of the scenario's database. */
  fields: readonly Field[];
  /** The scenario's other elements, for rules over kept answers. */
  elements: readonly Element[];
  /** The scenario's own number and database. */
  number: number;
  database: string;
  isReadOnly: boolean;
  /** Tells that an output has a new name, so that its link stays. */
  onRename: (from: string, to: string) => void;
}

export interface ElementKind<S extends Settings = Settings> {
  type: string;
  category: Category;
  title: string;
  /** One sentence for the palette. */
  what: string;
  icon: Icon;
  defaults: () => S;
  /** From left to right; without those that a link uses although the settings no longer show them. */
  outputs: (settings: S) => string[];
  /** The settings in a line. */
  summary: (settings: S) => string;
  /** All of them, where a line is too short for that. */
  words?: (settings: S) => string;
  Form: ComponentType<FormProps<S>>;
}

/** A kind as the registry holds it: who reads its settings knows their type by its file. */
export function kind<S extends object>(
  k: Omit<ElementKind<Settings>, 'defaults' | 'outputs' | 'summary' | 'words' | 'Form'> & {
    defaults: () => S;
    outputs: (settings: S) => string[];
    summary: (settings: S) => string;
    words?: (settings: S) => string;
    Form: ComponentType<FormProps<S>>;
  },
): ElementKind {
  return k as unknown as ElementKind;
}
