// Chance that is the same for the same seed, and texts that a careless page, table or feed would stumble over.

export function seededDice(seed) {
  let state = seed >>> 0
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least, most) => least + Math.floor(share() * (most - least + 1))
  return {
    share,
    whole,
    chance: (probability) => share() < probability,
    pick: (choices) => choices[whole(0, choices.length - 1)],
    hex: (length) => Array.from({ length: Math.ceil(length / 8) }, () => whole(0, 0xffffffff).toString(16).padStart(8, '0')).join('').slice(0, length),
  }
}

export const hostileTexts = [
  '</script><script>document.title="owned"</script>',
  '<img src=x onerror=alert(1)>',
  '<!--<script>',
  '"quotes", \'single\' and `ticks` & <tags>',
  '=HYPERLINK("http://evil.example","look")',
  '+1+cmd|\' /C calc\'!A0',
  '-2+3',
  '@SUM(1)',
  '\t=1+1',
  'two\r\nlines, a comma and a "quote"',
  '\u202Eltr override\u202C and \u2028 \u2029',
  ']]> --> \u0000\u0007\u001b[31m control \ufffe \ud800 half',
  'back\\slash {label="x"}\n# HELP spoof',
  'ein «Schritt» 🚢 日本語 עברית',
  `${'long '.repeat(1000)}end`,
  '__proto__',
]
