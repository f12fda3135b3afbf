/** The rules of a condition (api.md, Rules) as a tree that a form can edit, and in words. */
import type { Field, FieldType } from '../api/types';

export type Rule =
  | { all: Rule[] }
  | { any: Rule[] }
  | { not: Rule }
  | { field: string; op: string; value?: unknown }
  | { content: string; op: string; value?: unknown }
  | { step: string; op: string; value?: unknown }
  | { subscription: { channel: string; resource?: string; status: string } }
  | { scenario: { number: number; is: string } };

export type Source = 'field' | 'content' | 'step' | 'subscription' | 'scenario';

export type Operand = 'nothing' | 'scalar' | 'scalars' | 'part' | 'text' | 'number' | 'moment' | 'range' | 'days';

/** Each operator with the words between field and value, what it takes, and for which types of field it has a meaning. */
export const operators: Record<string, { words: string; operand: Operand; types: readonly FieldType[] }> = {
  equal: { words: 'is', operand: 'scalar', types: ['text', 'number', 'boolean', 'date'] },
  notEqual: { words: 'is not', operand: 'scalar', types: ['text', 'number', 'boolean', 'date'] },
  in: { words: 'is one of', operand: 'scalars', types: ['text', 'number', 'boolean', 'date'] },
  notIn: { words: 'is none of', operand: 'scalars', types: ['text', 'number', 'boolean', 'date'] },
  contains: { words: 'contains', operand: 'part', types: ['text', 'list'] },
  notContains: { words: 'does not contain', operand: 'part', types: ['text', 'list'] },
  startsWith: { words: 'starts with', operand: 'text', types: ['text'] },
  endsWith: { words: 'ends with', operand: 'text', types: ['text'] },
  less: { words: 'is less than', operand: 'number', types: ['number'] },
  lessOrEqual: { words: 'is at most', operand: 'number', types: ['number'] },
  greater: { words: 'is more than', operand: 'number', types: ['number'] },
  greaterOrEqual: { words: 'is at least', operand: 'number', types: ['number'] },
  between: { words: 'is between', operand: 'range', types: ['number', 'date', 'dateTime'] },
  before: { words: 'is before', operand: 'moment', types: ['date', 'dateTime'] },
  after: { words: 'is after', operand: 'moment', types: ['date', 'dateTime'] },
  withinNextDays: { words: 'is within the next days', operand: 'days', types: ['date', 'dateTime'] },
  withinLastDays: { words: 'was within the last days', operand: 'days', types: ['date', 'dateTime'] },
  inExactlyDays: { words: 'is in exactly days', operand: 'days', types: ['date', 'dateTime'] },
  exactlyDaysAgo: { words: 'was exactly days ago', operand: 'days', types: ['date', 'dateTime'] },
  anniversaryToday: { words: 'has its anniversary today', operand: 'nothing', types: ['date', 'dateTime'] },
  exists: { words: 'exists', operand: 'nothing', types: ['text', 'number', 'boolean', 'date', 'dateTime', 'list'] },
  notExists: { words: 'does not exist', operand: 'nothing', types: ['text', 'number', 'boolean', 'date', 'dateTime', 'list'] },
  empty: { words: 'is empty', operand: 'nothing', types: ['text', 'number', 'boolean', 'date', 'dateTime', 'list'] },
  notEmpty: { words: 'is not empty', operand: 'nothing', types: ['text', 'number', 'boolean', 'date', 'dateTime', 'list'] },
};

/** For content and kept answers, whose types nobody knows, every operator is offered. */
export function operatorsFor(type: FieldType | null): string[] {
  return Object.keys(operators).filter((op) => type === null || operators[op]?.types.includes(type));
}

/** A value of the kind that the operator takes for the type, to begin with. */
export function emptyValue(op: string, type: FieldType | null): unknown {
  switch (operators[op]?.operand ?? 'nothing') {
    case 'nothing':
      return undefined;
    case 'scalar':
      return type === 'number' ? 0 : type === 'boolean' ? true : '';
    case 'scalars':
      return [];
    case 'range':
      return type === 'number' ? [0, 1] : ['', ''];
    case 'number':
      return 0;
    case 'days':
      return 7;
    case 'part':
    case 'text':
    case 'moment':
      return '';
  }
}

/** The same as a part of a rule; nothing where the operator takes nothing. */
export function valued(op: string, type: FieldType | null): { value?: unknown } {
  const value = emptyValue(op, type);
  return value === undefined ? {} : { value };
}

/** What every profile has beside its fields. */
export const own: readonly Field[] = ['id', 'email', 'phone', 'timeZone'].map((name) => ({ name, type: 'text' }));

export const defaultOp = (type: FieldType) => (type === 'list' ? 'contains' : type === 'dateTime' ? 'withinNextDays' : 'equal');

export function newLeaf(source: Source, fields: readonly Field[]): Rule {
  const field = fields[0] ?? own[1];
  switch (source) {
    case 'field':
      return {
        field: field?.name ?? 'email',
        op: defaultOp(field?.type ?? 'text'),
        ...valued(defaultOp(field?.type ?? 'text'), field?.type ?? 'text'),
      };
    case 'content':
      return { content: '', op: 'equal', value: '' };
    case 'step':
      return { step: '', op: 'equal', value: '' };
    case 'subscription':
      return { subscription: { channel: 'email', status: 'subscribed' } };
    case 'scenario':
      return { scenario: { number: 1, is: 'in' } };
  }
}

export function sourceOf(rule: Rule): Source | 'group' {
  if ('field' in rule) return 'field';
  if ('content' in rule) return 'content';
  if ('step' in rule) return 'step';
  if ('subscription' in rule) return 'subscription';
  if ('scenario' in rule) return 'scenario';
  return 'group';
}

export interface Group {
  readonly joint: 'all' | 'any';
  readonly isNot: boolean;
  readonly rules: readonly Rule[];
}

/** Every tree reads as groups of leaves; a "not" belongs to the group it stands before. */
export function groupOf(rule: Rule): Group {
  if ('not' in rule) {
    const inner = groupOf(rule.not);
    return { ...inner, isNot: !inner.isNot };
  }
  if ('all' in rule) return { joint: 'all', isNot: false, rules: rule.all };
  if ('any' in rule) return { joint: 'any', isNot: false, rules: rule.any };
  return { joint: 'all', isNot: false, rules: [rule] };
}

export function ruleOf(group: Group): Rule {
  const rule: Rule = group.joint === 'all' ? { all: [...group.rules] } : { any: [...group.rules] };
  return group.isNot ? { not: rule } : rule;
}

export function leaves(rule: Rule): number {
  const source = sourceOf(rule);
  return source === 'group' ? groupOf(rule).rules.reduce((n, r) => n + leaves(r), 0) : 1;
}

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.length > 3 ? `${value.slice(0, 3).join(', ')} and ${value.length - 3} more` : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === undefined || value === '' ? '…' : String(value);
}

function leafInWords(path: string, op: string, value: unknown): string {
  const operator = operators[op];
  if (!operator) return `${path} ${op} ${valueInWords(value)}`;
  switch (operator.operand) {
    case 'nothing':
      return `${path} ${operator.words}`;
    case 'days':
      return `${path} ${operator.words.replace('days', `${valueInWords(value)} ${value === 1 ? 'day' : 'days'}`)}`;
    case 'range':
      return `${path} ${operator.words} ${Array.isArray(value) ? `${valueInWords(value[0])} and ${valueInWords(value[1])}` : '…'}`;
    default:
      return `${path} ${operator.words} ${valueInWords(value)}`;
  }
}

const histories: Record<string, string> = { in: 'is in', was: 'was in', never: 'was never in', completed: 'completed', failed: 'failed in' };

export function rulesInWords(rule: Rule): string {
  if ('field' in rule) return leafInWords(rule.field || '…', rule.op, rule.value);
  if ('content' in rule) return leafInWords(`content ${rule.content || '…'}`, rule.op, rule.value);
  if ('step' in rule) return leafInWords(`answer ${rule.step || '…'}`, rule.op, rule.value);
  if ('subscription' in rule)
    return `${rule.subscription.status} to ${rule.subscription.channel || '…'}${rule.subscription.resource ? ` ${rule.subscription.resource}` : ''}`;
  if ('scenario' in rule) return `${histories[rule.scenario.is] ?? rule.scenario.is} #${rule.scenario.number}`;
  const group = groupOf(rule);
  if (group.rules.length === 0) return 'no rules yet';
  const words = group.rules
    .map((r) => (sourceOf(r) === 'group' ? `(${rulesInWords(r)})` : rulesInWords(r)))
    .join(group.joint === 'all' ? ' and ' : ' or ');
  return group.isNot ? `not (${words})` : words;
}
