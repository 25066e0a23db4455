// SPDX-License-Identifier: MIT
// Numbers as the page writes them.

const whole = new Intl.NumberFormat('en');

/** 1234567 → '1,234,567' */
export const count = (value) => whole.format(value);

/** In the unit that leaves one to three digits before the point: '6.19 MiB'. */
export function bytes(value) {
  if (value < 1024) return `${count(value)} B`;
  const [amount, unit] = value < 2 ** 20 ? [value / 1024, 'KiB'] : [value / 2 ** 20, 'MiB'];
  return `${significant(amount)} ${unit}`;
}

/** Three significant digits, no exponent. */
export function significant(value) {
  if (value >= 100) return count(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}

export const milliseconds = (value) => `${significant(value)} ms`;
export const percent = (fraction) => `${Math.round(fraction * 100)} %`;
export const address = (value) => `0x${value.toString(16).padStart(6, '0')}`;

/** 'a', 'a and b', 'a, b and c' */
export function list(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
