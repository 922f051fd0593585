// What this browser remembers of how a person looks at things: the viewport of each graph, and what is folded away.

import type { Viewport } from "@xyflow/react";

function read(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`gradloom.${name}`) ?? "null");
  } catch {
    return null; // storage is switched off, or holds what we did not write: the view then starts anew
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(`gradloom.${name}`, JSON.stringify(value));
  } catch {
    return; // storage is switched off or full: nothing is lost but the view
  }
}

export function savedViewport(graph: string): Viewport | null {
  const saved = read(`viewport.${graph}`) as Partial<Viewport> | null;
  if (!saved || ![saved.x, saved.y, saved.zoom].every((value) => Number.isFinite(value)) || saved.zoom! <= 0) return null;
  return { x: saved.x!, y: saved.y!, zoom: saved.zoom! };
}

export function saveViewport(graph: string, viewport: Viewport): void {
  write(`viewport.${graph}`, viewport);
}

export function recall(what: string): unknown {
  return read(what);
}

export function remember(what: string, value: unknown): void {
  write(what, value);
}

export function isFolded(what: string): boolean {
  return read(`folded.${what}`) === true;
}

export function setFolded(what: string, folded: boolean): void {
  write(`folded.${what}`, folded);
}

export function isDone(what: string): boolean {
  return read(what) === true;
}

export function setDone(what: string): void {
  write(what, true);
}
