// Three short steps for a first visit. Each points at the real thing, goes on by itself when it is done, and stands in nobody's way.

import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { useAnswer, useStore } from "./context";
import { Icon } from "./icons";
import { tour } from "./firstSteps";

interface Step {
  title: string;
  words: string;
  target: (editor: ParentNode) => Element | null;
  /** On which side of its target the card stands. */
  side: "right" | "below" | "left";
}

const LOOK_MS = 250; // how often the target is looked for: it moves with the view
const GAP = 14;
const MARGIN = 8;

const STEPS: Step[] = [
  {
    title: "Drag a block onto the canvas",
    words: "Or click it. The search above finds a block by its name.",
    target: (editor) => editor.querySelector(".palette-list") ?? editor.querySelector(".palette"),
    side: "right",
  },
  {
    title: "Connect the ports",
    words: "Drag from a port on the right of a block to one on the left of another. What does not fit says why, and offers a fix.",
    target: (editor) => inView(editor, ".react-flow__handle.source") ?? editor.querySelector(".surface"),
    side: "below",
  },
  {
    title: "Train",
    words: "The loss is drawn while it falls. If something is missing, it is said above this button. Ctrl+Enter trains as well.",
    target: () => document.querySelector(".st-key-train button"),
    side: "left",
  },
];

/** Return the first such element that can be seen on the canvas. */
function inView(editor: ParentNode, what: string): Element | null {
  const area = editor.querySelector(".surface")?.getBoundingClientRect();
  if (!area) return null;
  const seen = [...editor.querySelectorAll(what)].filter((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return left > area.left && right < area.right && top > area.top + 60 && bottom < area.bottom;
  });
  return seen[0] ?? null;
}

export function Tour() {
  const step = useSyncExternalStore(tour.subscribe, tour.at);
  return step === null ? null : <Card key={step} number={step} step={STEPS[step]!} />;
}

function Card({ number, step }: { number: number; step: Step }) {
  const store = useStore();
  const card = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState<DOMRect | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const nodes = useAnswer((current) => current.doc.nodes.size);
  const wires = useAnswer((current) => current.doc.edges.size);
  const [before] = useState({ nodes, wires });
  const last = number === STEPS.length - 1;

  useLayoutEffect(() => {
    const look = (): void => {
      const found = step.target(card.current!.closest(".editor")!)?.getBoundingClientRect() ?? null;
      setBox((was) => (was && found && was.x === found.x && was.y === found.y && was.width === found.width && was.height === found.height ? was : found));
      setSize((was) => (was.height === card.current!.offsetHeight ? was : { width: card.current!.offsetWidth, height: card.current!.offsetHeight }));
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    window.addEventListener("resize", look);
    return () => {
      clearInterval(timer);
      window.removeEventListener("resize", look);
    };
  }, [step]);
  useEffect(() => {
    if (tour.asked && size.height) card.current?.querySelector<HTMLElement>(".onward")?.focus();
  }, [size.height]);
  // Done what was shown: on to the next. Whoever leaves the page from the last step has seen it all.
  useEffect(() => {
    if ((number === 0 && nodes > before.nodes) || (number === 1 && wires > before.wires)) tour.go(number + 1);
  }, [number, nodes, wires, before]);
  useEffect(() => {
    if (!last) return;
    const train = step.target(document);
    const end = (): void => tour.go(null);
    train?.addEventListener("click", end);
    return () => train?.removeEventListener("click", end);
  }, [last, step]);

  const end = (): void => {
    tour.go(null);
    store.focus();
  };
  return (
    <>
      {box && <div className="tour-ring" style={{ left: box.x - 4, top: box.y - 4, width: box.width + 8, height: box.height + 8 }} />}
      <div
        ref={card}
        className="overlay tour"
        role="region"
        aria-label="First steps"
        style={{ ...place(step, box, size), visibility: size.height ? undefined : "hidden" }}
        onKeyDown={(event) => event.key === "Escape" && end()}
      >
        <div aria-live="polite">
          <small>Step {number + 1} of {STEPS.length}</small>
          <b>{step.title}</b>
          <p>{step.words}</p>
        </div>
        <div className="tour-foot">
          {!last && <button className="quiet skip" onClick={end}>Skip</button>}
          <span className="gap" />
          {number > 0 && <button className="fix" onClick={() => tour.go(number - 1, true)}>Back</button>}
          <button className="fix onward" onClick={() => (last ? end() : tour.go(number + 1, true))}>{last ? "Done" : "Next"}</button>
        </div>
        <button className="quiet shut" onClick={end} aria-label="Dismiss the first steps"><Icon name="close" /></button>
      </div>
    </>
  );
}

/** Put the card beside its target, and within the window. */
function place({ side }: Step, box: DOMRect | null, { width, height }: { width: number; height: number }): { left: number; top: number } {
  const target = box ?? new DOMRect(window.innerWidth / 2, window.innerHeight / 2, 0, 0);
  const [left, top] = {
    right: [target.right + GAP, target.top + 30],
    below: [target.right + GAP, target.bottom + GAP],
    left: [target.left - width - GAP, target.bottom - height],
  }[side] as [number, number];
  return {
    left: Math.max(MARGIN, Math.min(left, window.innerWidth - width - MARGIN)),
    top: Math.max(MARGIN, Math.min(top, window.innerHeight - height - MARGIN)),
  };
}
