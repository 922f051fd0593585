// One number for a whole document, computed as in app/canvas/fingerprint.py: numbers as 8 bytes, text as UTF-16 code units.

import type { Doc } from "./document";
import type { EdgeJson, Json, NodeJson } from "./protocol";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of bytes as they are written. */
class Checksum {
  private crc = 0xffffffff;
  private readonly scratch = new DataView(new ArrayBuffer(8));

  byte(value: number): void {
    this.crc = (this.crc >>> 8) ^ TABLE[(this.crc ^ value) & 0xff]!;
  }
  tag(letter: string): void {
    this.byte(letter.charCodeAt(0));
  }
  uint32(value: number): void {
    for (const shift of [24, 16, 8, 0]) this.byte((value >>> shift) & 0xff);
  }
  text(text: string): void {
    this.tag("s");
    this.uint32(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.byte(unit & 0xff);
      this.byte(unit >>> 8);
    }
  }
  value(value: Json | undefined): void {
    if (value === null || value === undefined) this.tag("0");
    else if (value === true) this.tag("t");
    else if (value === false) this.tag("f");
    else if (typeof value === "number") {
      this.tag("d");
      this.scratch.setFloat64(0, value + 0);
      for (let i = 0; i < 8; i++) this.byte(this.scratch.getUint8(i));
    } else if (typeof value === "string") this.text(value);
    else if (Array.isArray(value)) {
      this.tag("[");
      for (const item of value) this.value(item);
      this.tag("]");
    } else {
      this.tag("{");
      for (const key of Object.keys(value).sort()) {
        this.text(key);
        this.value(value[key]);
      }
      this.tag("}");
    }
  }
  end(): number {
    return (this.crc ^ 0xffffffff) >>> 0;
  }
}

const MARKS: Record<string, Json> = { frozen: false, lr_factor: 1, initialisation: "default", shares_weights_with: null, bypassed: false, collapsed: false };
const known = new WeakMap<object, number>();

function of(item: NodeJson | EdgeJson, read: () => Json): number {
  let checksum = known.get(item);
  if (checksum === undefined) {
    const fresh = new Checksum();
    fresh.value(read());
    known.set(item, (checksum = fresh.end()));
  }
  return checksum;
}

function nodeValue(node: NodeJson): Json {
  const marks: Record<string, Json> = {};
  const given = node as unknown as Record<string, Json | undefined>;
  for (const [mark, usual] of Object.entries(MARKS)) {
    const value = given[mark];
    if (value !== undefined && value !== usual) marks[mark] = value;
  }
  return [node.id, node.type, node.name, node.parameters, [node.position[0], node.position[1]], marks];
}

/** Eight hexadecimal digits of ids, types, names, parameters, marks, positions, wires and their order. */
export function fingerprint(doc: Doc): string {
  const whole = new Checksum();
  whole.text(doc.name);
  for (const node of doc.nodes.values()) whole.uint32(of(node, () => nodeValue(node)));
  whole.tag("|");
  for (const edge of doc.edges.values()) whole.uint32(of(edge, () => [edge.id, edge.source, edge.source_port, edge.target, edge.target_port]));
  whole.tag("|");
  return whole.end().toString(16).padStart(8, "0");
}
