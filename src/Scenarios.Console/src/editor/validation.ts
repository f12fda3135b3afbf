/** Asks the server for every problem, a moment after the last change: one implementation of what is right. */
import { useEffect, useState } from 'react';
import { post } from '../api/client';
import type { Problem } from '../api/types';
import { type Doc, definitionOf } from '../doc/model';
import { problemsOf, useEditorStore } from './store';

const idleMs = 250;

export async function validate(number: number, doc: Doc, signal?: AbortSignal): Promise<readonly Problem[]> {
  try {
    const answer = await post<{ valid: boolean; problems: Problem[] }>(
      `/scenarios/${number}:validate`,
      { definition: definitionOf(doc), settings: doc.settings },
      signal ? { signal } : {},
    );
    return answer.problems;
  } catch (e) {
    if (e instanceof DOMException) throw e;
    return problemsOf(e);
  }
}

/** Of a document that is not the editor's own yet: an element's settings before they are applied. */
export function useProblemsOf(number: number, doc: Doc | null): readonly Problem[] | null {
  const [problems, setProblems] = useState<readonly Problem[] | null>(null);
  useEffect(() => {
    if (!doc) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      validate(number, doc, abort.signal).then(setProblems, () => {});
    }, idleMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [number, doc]);
  return problems;
}

/** Keeps the editor's list of problems true. */
export function useValidation(number: number, doc: Doc) {
  const store = useEditorStore();
  const problems = useProblemsOf(number, doc);
  useEffect(() => {
    if (problems) store.getState().setProblems(problems);
  }, [problems, store]);
}
