/** Places for elements that came without any, as from an API client. The engine that lays out is fetched only for who needs it. */
import type { Definition } from '../api/types';
import { docOf, type Place } from '../doc/model';
import { outputNames } from './elements/registry';

/** @param known where elements stand already, in another version. */
export async function placed<T extends { definition: unknown }>(of: T, known: Readonly<Record<string, Place>> = {}): Promise<T> {
  const definition = of.definition as Definition;
  const layout = { ...known, ...definition.layout };
  if (definition.elements.every((e) => layout[e.id])) return { ...of, definition: { ...definition, layout } };
  const { withPlaces } = await import('../doc/layout');
  return { ...of, definition: { ...definition, layout: withPlaces(docOf(definition, {}), outputNames).layout } };
}
