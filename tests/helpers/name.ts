/**
 * Domain names in the tests: text such as `www.example`, with `\DDD` for any octet that is not a plain
 * character, so that every label of RFC 1035, 3.1 can be written; `.` is the root.
 */

/** The labels of a name given as text. */
export function labels(name: string): Uint8Array[] {
  if (name === ".") return [];
  const found: number[][] = [[]];
  for (const [character] of name.matchAll(/\\\d{3}|[^]/g)) {
    if (character === ".") found.push([]);
    else found[found.length - 1].push(octet(character));
  }
  return found.map((label) => Uint8Array.from(label));
}

/** The text of a name given as labels. */
export function nameText(parts: readonly Uint8Array[]): string {
  return parts.length === 0 ? "." : parts.map(labelText).join(".");
}

/** The octets of a name without compression, as on the wire. */
export function nameOctets(name: string): Uint8Array {
  const octets: number[] = [];
  for (const label of labels(name)) octets.push(label.length, ...label);
  return Uint8Array.from([...octets, 0]);
}

/** A name whose wire form is exactly `length` octets: labels of 63 octets, then what is left. */
export function nameOfLength(length: number, letter = "n"): string {
  const parts: string[] = [];
  for (let left = length - 1; left > 0;) {
    const size = left <= 64 ? left - 1 : Math.min(63, left - 3);
    parts.push(letter.repeat(size));
    left -= size + 1;
  }
  return parts.join(".") || ".";
}

function octet(character: string): number {
  return character.length === 4 ? Number(character.slice(1)) : character.charCodeAt(0);
}

function labelText(label: Uint8Array): string {
  return Array.from(label, characterText).join("");
}

function characterText(octet: number): string {
  const plain = octet > 0x20 && octet < 0x7f && octet !== 0x2e && octet !== 0x5c;
  return plain ? String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
}
