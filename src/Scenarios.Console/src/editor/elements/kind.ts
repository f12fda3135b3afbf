/**
 * Everything the console must know about a type of element. Each type has one file that says it, and registry.ts lists them:
 * adding a type is that file and one line there. elements.test.ts fails when one is forgotten, or when a type here and the
 * same type on the server say different things.
 */
import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Field } from '../../api/types';
import type { Element, Settings } from '../../doc/model';
import type { Seen } from '../../runs/api';
import type { Output } from './outputs';

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

/** How the trail says codes and rules. Handed in, so that the editor does not carry the words of the trail. */
export interface TrailWords {
  reason: (code: string) => string;
  rules: (seen: readonly Seen[]) => string;
}

interface KindOf<S, D> {
  type: string;
  /** What is in the category “trigger” begins a run: no link leads to it, and no run can be moved to it. */
  category: Category;
  title: string;
  /** One sentence for the palette. */
  what: string;
  icon: Icon;
  /** False for a type of which a scenario has exactly one, from the beginning. */
  isAddable?: false;
  /** False where the settings may well stay empty, so that adding one need not open its window. */
  opensWhenAdded?: false;
  /** Width of the window with the settings, in pixels; 680 when absent. */
  size?: number;
  defaults: () => S;
  /** From left to right; without those that a link uses although the settings no longer show them. */
  outputs: (settings: S) => readonly Output[];
  /** Switched off: drawn, and without effect. */
  isOff?: (settings: S) => boolean;
  /** The settings in a line. */
  summary: (settings: S) => string;
  /** All of them, where a line is too short for that. */
  words?: (settings: S) => string;
  /** What decided a step here, in a line of the trail, from the detail that the server keeps of it. */
  decision?: (detail: D, say: TrailWords) => string | undefined;
  Form: ComponentType<FormProps<S>>;
}

export type ElementKind = KindOf<Settings, Record<string, unknown>>;

/** A kind as the registry holds it: its own file alone knows the types of its settings and of its details. */
export function kind<S extends object, D extends object = Record<string, never>>(k: KindOf<S, D>): ElementKind {
  return k as unknown as ElementKind;
}
