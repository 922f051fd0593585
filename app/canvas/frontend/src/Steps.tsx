// Every step that can be taken back or made again, newest first; choosing one goes there.

import { useChanges } from "./context";

export function Steps() {
  const store = useChanges();
  const history = store.payload?.history;
  if (!history) return <div className="menu-title">Reading the steps…</div>;
  const { undo, redo } = history;
  const go = (what: "undo" | "redo", times: number): void => {
    store.order(what, times);
    store.focus();
  };
  if (!undo.length && !redo.length) return <div className="menu-title">Nothing has been changed yet.</div>;
  return (
    <>
      {redo.map((label, index) => (
        <button key={`r${index}`} role="menuitem" tabIndex={-1} className="undone" onClick={() => go("redo", index + 1)}>{label}</button>
      )).reverse()}
      {undo.map((label, index) => {
        const back = undo.length - 1 - index;
        return <button key={`u${index}`} role="menuitem" tabIndex={-1} aria-current={back === 0 ? "step" : undefined} onClick={() => back && go("undo", back)}>{label}</button>;
      }).reverse()}
      <button role="menuitem" tabIndex={-1} aria-current={undo.length ? undefined : "step"} onClick={() => undo.length && go("undo", undo.length)}>As it was opened</button>
    </>
  );
}
