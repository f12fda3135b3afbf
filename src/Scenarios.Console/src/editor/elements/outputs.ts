/** Names of outputs that a person gives: of a condition's branches, of a split's parts. */

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
