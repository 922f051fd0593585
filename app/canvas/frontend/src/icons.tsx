// Line icons on a 16 × 16 grid.

const PATHS = {
  undo: "M3.5 6.5h6a3.5 3.5 0 0 1 0 7H6M3.5 6.5 6.5 3.5M3.5 6.5l3 3",
  redo: "M12.5 6.5h-6a3.5 3.5 0 0 0 0 7H10M12.5 6.5l-3-3M12.5 6.5l-3 3",
  layout: "M2.5 3h4v4h-4zM9.5 2.5h4v3h-4zM9.5 10h4v3.500h-4zM6.500 5h1.500v-1h1.500M8 5v6.750h1.500",
  fit: "M2.5 5.5v-3h3M10.5 2.500h3v3M13.500 10.500v3h-3M5.500 13.500h-3v-3",
  plus: "M8 3.500v9M3.500 8h9",
  minus: "M3.500 8h9",
  search: "M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500l3 3",
  fold: "M2.500 3h11v10h-11zM6.500 3v10",
  down: "M4.500 6.500 8 10l3.500-3.500",
  alert: "M8 2.500 14 13H2zM8 6.500v3M8 11.200v.1",
  check: "M3.500 8.500l3 3 6-7",
  help: "M5.800 6.200a2.200 2.200 0 1 1 3.200 2c-.7.4-1 .8-1 1.600M8 12.300v.1",
  close: "M4.500 4.500l7 7M11.500 4.500l-7 7",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
