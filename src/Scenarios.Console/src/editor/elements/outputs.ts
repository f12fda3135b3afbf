/** The ways out of an element, and the names that a person gives to some of them: a condition's branches, a split's parts. */

export interface Output {
  /** As links name it. */
  name: string;
  /** As the console shows it; the name when absent. */
  label?: string;
  /** Taken when something did not work out: drawn aside, and what is added below does not continue from it. */
  isExit?: true;
}

/** The one output of an element that only goes on. */
export const next: Output = { name: 'next', label: 'then' };

export const error: Output = { name: 'error', isExit: true };

/** A name given by a person says everything. */
export const named = (branches: readonly { output: string }[] | undefined): Output[] => (branches ?? []).map((b) => ({ name: b.output }));

export function outputFault(name: string, all: readonly string[], index: number): string | undefined {
  if (name.trim() === '') return 'A branch has a name.';
  if (name === 'else') return '“else” takes what no branch takes.';
  if (all.some((other, i) => i !== index && other === name)) return 'Another branch has this name.';
  return undefined;
}

export function freeName(taken: readonly string[], base: string): string {
  for (let n = taken.length + 1; ; n++) {
    const name = `${base} ${n}`;
    if (!taken.includes(name)) return name;
  }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function freeLetter(taken: readonly string[]): string {
  return [...letters].find((l) => !taken.includes(l)) ?? freeName(taken, 'part');
}
