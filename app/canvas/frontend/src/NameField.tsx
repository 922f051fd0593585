// The field in which a block or a frame gets its name, on the canvas itself.

import { useEffect, useRef } from "react";
import { rename } from "./actions";
import { useStore } from "./context";

export function NameField({ id, name, title }: { id: string; name: string; title: string }) {
  const store = useStore();
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (text: string | null): void => {
    if (done.current) return;
    done.current = true;
    if (text === null) store.rename(null);
    else rename(store, id, text);
    store.focus();
  };
  return (
    <input
      ref={field}
      className="name-field nodrag nopan"
      aria-label={`Name of this ${title}`}
      placeholder={title}
      defaultValue={name}
      maxLength={200}
      onKeyDown={(event) => {
        if (event.key === "Enter") finish(event.currentTarget.value);
        else if (event.key === "Escape") finish(null);
      }}
      onBlur={(event) => finish(event.currentTarget.value)}
    />
  );
}
