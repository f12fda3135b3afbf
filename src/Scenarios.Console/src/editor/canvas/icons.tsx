/** The icon of each type, drawn once; boxes refer to it, so that five hundred of them do not bear its lines five hundred times. */
import { type Icon, IconHelpSquare } from '@tabler/icons-react';
import { kindOf, kinds } from '../elements/registry';

const icons: readonly (readonly [string, Icon])[] = [['unknown', IconHelpSquare], ...kinds.map((k) => [k.type, k.icon] as const)];

export function IconSheet() {
  return (
    <svg className="icon-sheet" aria-hidden>
      {icons.map(([type, Drawn]) => (
        <symbol key={type} id={`icon-${type}`} viewBox="0 0 24 24">
          <Drawn size={24} stroke={1.7} />
        </symbol>
      ))}
    </svg>
  );
}

export function TypeIcon({ type }: { type: string }) {
  return (
    <svg className="el-icon" aria-hidden>
      <use href={`#icon-${kindOf(type) ? type : 'unknown'}`} />
    </svg>
  );
}
